#include <tornado/template/value.hpp>

#include <array>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tornado/template/datetime.hpp>
#include <tornado/template/described.hpp>
#include <tornado/template/error.hpp>
#include <tornado/template/namespace.hpp>
#include <tornado/template/object.hpp>
#include <unordered_map>
#include <vector>

namespace blog {

struct Author {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Author, (), (name))

struct Base {
    int id = 7;
};
BOOST_DESCRIBE_STRUCT(Base, (), (id))

struct Entry : Base {
    std::string title;
    Author author;
    std::vector<std::string> tags;
    std::optional<std::string> subtitle;
    [[nodiscard]] std::string link(const std::string& root) const { return root + title; }
    void rename() { title = "changed"; }
};
BOOST_DESCRIBE_STRUCT(Entry, (Base), (title, author, tags, subtitle, link, rename))

}  // namespace blog

namespace {

using namespace tornado::templating;

struct Counted {
    static inline int copies = 0;
    std::string name = "counted";
    Counted() = default;
    Counted(const Counted& other) : name{other.name} { ++copies; }
    Counted(Counted&&) = default;
};
BOOST_DESCRIBE_STRUCT(Counted, (), (name))

struct Page final : Object {
    [[nodiscard]] std::string_view type_name() const override { return "Page"; }
    [[nodiscard]] std::optional<Value> attribute(std::string_view name) const override {
        return name == "number" ? std::optional<Value>{3} : std::nullopt;
    }
    [[nodiscard]] Value call(const Arguments& arguments) const override {
        return static_cast<int>(arguments.size());
    }
    [[nodiscard]] std::optional<std::string> str() const override { return "page 3"; }
};

Value call(const Value& function, std::vector<Value> arguments) {
    return function(Arguments{arguments.data(), arguments.size()});
}

/// The type and the sentence of what it throws.
template <typename Do>
std::string error_of(Do action) {
    try {
        action();
    } catch (const Error& error) {
        return error.type() + ": " + error.message();
    }
    return "no error";
}

BOOST_AUTO_TEST_SUITE(value)

BOOST_AUTO_TEST_CASE(scalars_keep_their_kind_and_print_as_python_prints_them) {
    BOOST_TEST(Value{}.str() == "None");
    BOOST_TEST(Value{nullptr}.str() == "None");
    BOOST_TEST(Value{true}.str() == "True");
    BOOST_TEST(Value{42}.str() == "42");
    BOOST_TEST(Value{std::uint8_t{200}}.str() == "200");
    BOOST_TEST(Value{std::numeric_limits<std::int64_t>::min()}.str() == "-9223372036854775808");
    BOOST_TEST(Value{1.0}.str() == "1.0");
    BOOST_TEST(Value{0.1F}.str() == "0.10000000149011612");
    BOOST_TEST(Value{1e22}.str() == "1e+22");
    BOOST_TEST(Value{1.5e-7}.str() == "1.5e-07");
    BOOST_TEST(Value{-0.0}.str() == "-0.0");
    BOOST_TEST(Value{"text"}.str() == "text");
    BOOST_TEST(Value{'c'}.repr() == "'c'");
    BOOST_TEST(Value{std::string{"it's"}}.repr() == "\"it's\"");
    BOOST_TEST(Value{"\n\u00e9\x01"}.repr() == "'\\n\u00e9\\x01'");
    BOOST_TEST(Value{std::string_view{"view"}}.type_name() == "str");
}

BOOST_AUTO_TEST_CASE(a_number_beyond_64_bits_with_a_sign_is_refused) {
    const auto large = std::numeric_limits<std::uint64_t>::max();
    BOOST_TEST(error_of([&] { return Value{large}; }).starts_with("OverflowError"));
}

BOOST_AUTO_TEST_CASE(an_optional_is_its_value_or_none) {
    BOOST_TEST(Value{std::optional<int>{5}}.str() == "5");
    BOOST_TEST(Value{std::optional<std::string>{}}.is_null());
    BOOST_TEST(Value{std::nullopt}.is_null());
    BOOST_TEST(Value{static_cast<const char*>(nullptr)}.is_null());
    BOOST_TEST(Value{std::shared_ptr<std::string>{}}.is_null());
}

BOOST_AUTO_TEST_CASE(what_converts_to_a_string_is_text) {
    const std::filesystem::path path{"/a/b"};
    BOOST_TEST(Value{path} == Value{"/a/b"});
    BOOST_TEST(Value{std::cref(path)} == Value{"/a/b"});
    BOOST_TEST(Value(std::vector{path, path / "c"}).str() == "['/a/b', '/a/b/c']");
}

BOOST_AUTO_TEST_CASE(moments_and_spans_are_what_they_are_or_an_error) {
    using namespace std::chrono;
    BOOST_TEST(Value{sys_days{9999y / December / 31}}.str() == "9999-12-31 00:00:00");
    BOOST_TEST(Value{sys_seconds{sys_days{1600y / 1 / 1}}}.str() == "1600-01-01 00:00:00");
    BOOST_TEST(Value{hours{48}}.str() == "2 days, 0:00:00");
    for (const auto& wrong : {
             error_of([] { return Value{sys_days{10'000y / 1 / 1}}; }),
             error_of([] { return Value{sys_days::max()}; }),
             error_of([] { return Value{sys_days::min()}; }),
             error_of([] { return Value{hours::max()}; }),
             error_of([] { return Value{duration<double>{1e300}}; }),
         }) {
        BOOST_TEST(wrong.starts_with("OverflowError"), wrong);
    }
}

BOOST_AUTO_TEST_CASE(containers_become_lists_tuples_and_dicts) {
    BOOST_TEST(Value(std::vector<int>{1, 2}).str() == "[1, 2]");
    BOOST_TEST(Value(std::vector<bool>{true, false}).str() == "[True, False]");
    BOOST_TEST(Value(std::array<const char*, 2>{"a", "b"}).str() == "['a', 'b']");
    BOOST_TEST(Value(std::set<int>{2, 1}).str() == "[1, 2]");
    BOOST_TEST(Value(std::pair{1, std::string{"x"}}).str() == "(1, 'x')");
    BOOST_TEST(Value(std::tuple{1}).str() == "(1,)");
    BOOST_TEST(Value(std::map<std::string, int>{{"a", 1}, {"b", 2}}).str() == "{'a': 1, 'b': 2}");
    BOOST_TEST(Value(std::unordered_map<int, int>{{1, 2}}).str() == "{1: 2}");
    BOOST_TEST(Value::list({1, "a", Value{}}).str() == "[1, 'a', None]");
    BOOST_TEST(Value::dict({{"k", Value::tuple({})}, {2, 3.5}}).str() == "{'k': (), 2: 3.5}");
    using Nested = std::map<std::string, std::vector<std::optional<int>>>;
    BOOST_TEST(Value(Nested{{"n", {1, std::nullopt}}}).str() == "{'n': [1, None]}");
}

BOOST_AUTO_TEST_CASE(maps_are_looked_up_by_their_own_keys) {
    const std::map<std::string, int> by_name{{"a", 1}};
    BOOST_TEST(Value{std::cref(by_name)}.get("a") == Value{1});
    BOOST_TEST(Value{std::cref(by_name)}.get("b").is_null());
    BOOST_TEST(Value{std::cref(by_name)}.get(1).is_null());
    const std::map<int, std::string> by_number{{7, "seven"}};
    BOOST_TEST(Value{std::cref(by_number)}.get(7) == Value{"seven"});
    const std::map<double, int> by_real{{0.5, 1}};
    BOOST_TEST(Value{std::cref(by_real)}.get(0.5) == Value{1});
}

BOOST_AUTO_TEST_CASE(a_borrowed_list_is_read_where_it_stands) {
    std::vector<Counted> list(1000);
    Counted::copies = 0;
    const Value value{std::cref(list)};
    list[999].name = "changed later";
    BOOST_TEST(value.size() == 1000U);
    BOOST_TEST(value.at(999).attribute("name").str() == "changed later");
    BOOST_TEST(Counted::copies == 0);
}

BOOST_AUTO_TEST_CASE(a_borrowed_text_is_read_where_it_stands) {
    std::string text(100, 'a');
    const Value value{std::cref(text)};
    text[0] = 'b';
    BOOST_TEST(value.str() == text);
}

BOOST_AUTO_TEST_CASE(a_moved_or_shared_list_is_not_copied_either) {
    std::vector<Counted> list(10);
    auto shared = std::make_shared<const std::vector<Counted>>(5);
    Counted::copies = 0;
    const Value moved{std::move(list)};
    const Value same{shared};
    BOOST_TEST(moved.at(9).attribute("name").str() == "counted");
    shared.reset();
    BOOST_TEST(same.size() == 5U);
    BOOST_TEST(Counted::copies == 0);
}

BOOST_AUTO_TEST_CASE(what_is_taken_out_of_a_value_keeps_it) {
    Value name;
    {
        const Value list{std::vector<Counted>(1)};
        name = list.at(0).attribute("name");
    }
    BOOST_TEST(name.str() == "counted");
}

BOOST_AUTO_TEST_CASE(json_is_read_in_place) {
    auto json = boost::json::parse(R"({"a": [1, 2.5, "x", null, true], "b": {}})");
    for (const Value& value : {Value{json}, Value{std::cref(json)}}) {
        BOOST_TEST(value.str() == "{'a': [1, 2.5, 'x', None, True], 'b': {}}");
        BOOST_TEST(value.get("a").at(2) == Value{"x"});
    }
    const Value copied{json};
    const Value borrowed{std::cref(json)};
    json.at("a").at(2) = "changed";
    BOOST_TEST(copied.get("a").at(2) == Value{"x"});
    BOOST_TEST(borrowed.get("a").at(2) == Value{"changed"});
    BOOST_TEST(Value{json.at("a").as_array()}.size() == 5U);
    BOOST_TEST(Value{json.as_object()}.size() == 2U);
}

BOOST_AUTO_TEST_CASE(described_structs_have_their_members_as_attributes) {
    blog::Entry entry;
    entry.title = "First";
    entry.author.name = "Ben";
    entry.tags = {"a", "b"};
    const Value value{entry};
    BOOST_TEST(value.type_name() == "Entry");
    BOOST_TEST(value.attribute("title") == Value{"First"});
    BOOST_TEST(value.attribute("author").attribute("name") == Value{"Ben"});
    BOOST_TEST(value.attribute("tags").str() == "['a', 'b']");
    BOOST_TEST(value.attribute("subtitle").is_null());
    BOOST_TEST(value.attribute("id") == Value{7});
    BOOST_TEST(value.str() == "<Entry object>");
    const auto error = error_of([&] { return value.attribute("titel"); });
    BOOST_TEST(error == "AttributeError: 'Entry' object has no attribute 'titel'");
}

BOOST_AUTO_TEST_CASE(const_methods_that_are_described_can_be_called) {
    blog::Entry entry;
    entry.title = "x";
    const Value value{entry};
    BOOST_TEST(call(value.attribute("link"), {"/e/"}) == Value{"/e/x"});
    BOOST_TEST(error_of([&] { return value.attribute("rename"); }).starts_with("AttributeError"));
}

BOOST_AUTO_TEST_CASE(objects_make_their_attributes_when_asked) {
    const Value page{std::make_shared<Page>()};
    BOOST_TEST(page.attribute("number") == Value{3});
    BOOST_TEST(page.str() == "page 3");
    BOOST_TEST(call(page, {1, 2}) == Value{2});
    BOOST_TEST(error_of([&] {
                   return page.attribute("other");
               }) == "AttributeError: 'Page' object has no attribute 'other'");
    const Page local;
    BOOST_TEST(Value{std::cref(local)}.attribute("number") == Value{3});
}

BOOST_AUTO_TEST_CASE(functions_get_their_arguments_typed) {
    const Value add{[](int a, double b) { return a + b; }};
    BOOST_TEST(call(add, {1, 0.5}) == Value{1.5});
    BOOST_TEST(call(add, {true, 2}) == Value{3.0});
    BOOST_TEST(error_of([&] { return call(add, {"1", 2}); }).starts_with("TypeError"));
    const Value narrow{[](std::int8_t number) { return number; }};
    BOOST_TEST(error_of([&] { return call(narrow, {300}); }).starts_with("OverflowError"));
    const Value joined{[](const std::vector<std::string>& words) {
        std::string all;
        for (const auto& word : words) {
            all += word;
        }
        return all;
    }};
    BOOST_TEST(call(joined, {Value::list({"a", "b"})}) == Value{"ab"});
    BOOST_TEST(call(Value{+[](std::string_view s) { return s.size(); }}, {"four"}) == Value{4});
    int calls = 0;
    const Value nothing{[&calls] { ++calls; }};
    BOOST_TEST(call(nothing, {}).is_null());
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(functions_check_how_many_arguments_they_get) {
    const Value two{[](int a, int b) { return a + b; }};
    BOOST_TEST(error_of([&] {
                   return call(two, {1});
               }) == "TypeError: it takes 2 arguments, not 1");
    BOOST_TEST(error_of([&] {
                   return call(two, {1, 2, 3});
               }) == "TypeError: it takes 2 arguments, not 3");
    const Value optional{[](int a, std::optional<int> b) { return a + b.value_or(10); }};
    BOOST_TEST(call(optional, {1}) == Value{11});
    BOOST_TEST(call(optional, {1, 2}) == Value{3});
    BOOST_TEST(error_of([&] {
                   return call(optional, {});
               }) == "TypeError: it takes 1 to 2 arguments, not 0");
    BOOST_TEST(error_of([] {
                   return call(Value{5}, {});
               }) == "TypeError: 'int' object is not callable");
}

BOOST_AUTO_TEST_CASE(functions_take_described_structs_where_they_stand) {
    const Counted object;
    const Value borrowed{std::cref(object)};
    const Value where{[](const Counted& counted) {
        return std::to_string(reinterpret_cast<std::uintptr_t>(&counted));
    }};
    const auto copies = Counted::copies;
    const auto place = std::to_string(reinterpret_cast<std::uintptr_t>(&object));
    BOOST_TEST(call(where, {borrowed}) == Value{place});
    BOOST_TEST(Counted::copies == copies);
    const Value named_one{named({"who"}, [](Counted counted) { return counted.name; })};
    const Arguments::Keyword who[] = {{"who", borrowed}};
    BOOST_TEST(named_one(Arguments{nullptr, 0, who, 1}) == Value{"counted"});
    const Value maybe{
        [](std::optional<blog::Author> author) { return author ? author->name : "nobody"; }};
    BOOST_TEST(call(maybe, {}) == Value{"nobody"});
    BOOST_TEST(call(maybe, {Value{blog::Author{"Ann"}}}) == Value{"Ann"});
    BOOST_TEST(error_of([&] {
                   return call(where, {Value{5}});
               }) == "TypeError: expected Counted, not int");
    BOOST_TEST(error_of([&] {
                   return call(where, {Value{blog::Author{"Ann"}}});
               }) == "TypeError: expected Counted, not Author");
}

BOOST_AUTO_TEST_CASE(functions_take_the_programs_containers_where_they_stand) {
    const std::vector<Counted> several(3);
    const Value where{[](const std::vector<Counted>& list) {
        return std::to_string(reinterpret_cast<std::uintptr_t>(&list));
    }};
    const auto copies = Counted::copies;
    const auto place = std::to_string(reinterpret_cast<std::uintptr_t>(&several));
    BOOST_TEST(call(where, {Value{std::cref(several)}}) == Value{place});
    BOOST_TEST(Counted::copies == copies);
    const Value count{[](const std::vector<Counted>& list) { return list.size(); }};
    BOOST_TEST(call(count, {Value::list({Value{Counted{}}, Value{Counted{}}})}) == Value{2});
    const Value sum{[](const std::map<std::string, int>& numbers) {
        int all = 0;
        for (const auto& [name, number] : numbers) {
            all += number * static_cast<int>(name.size());
        }
        return all;
    }};
    BOOST_TEST(call(sum, {Value{std::map<std::string, int>{{"a", 1}, {"bb", 2}}}}) == Value{5});
    BOOST_TEST(call(sum, {Value::dict({{"ccc", 3}})}) == Value{9});
    BOOST_TEST(error_of([&] {
                   return call(sum, {Value::list({})});
               }) == "TypeError: expected a dict, not list");
    BOOST_TEST(error_of([&] {
                   return call(sum, {Value::dict({{"c", "x"}})});
               }).starts_with("TypeError"));
}

BOOST_AUTO_TEST_CASE(named_functions_take_arguments_by_name) {
    const Value link{named({"page", "title"}, [](int page, std::optional<std::string> title) {
        return std::to_string(page) + title.value_or("-");
    })};
    const Arguments::Keyword title[] = {{"title", "Home"}};
    const Arguments::Keyword both[] = {{"title", "Home"}, {"page", 2}};
    const Arguments::Keyword unknown[] = {{"name", 1}};
    const Value one{1};
    BOOST_TEST(link(Arguments{&one, 1, title, 1}) == Value{"1Home"});
    BOOST_TEST(link(Arguments{nullptr, 0, both, 2}) == Value{"2Home"});
    BOOST_TEST(link(Arguments{&one, 1}) == Value{"1-"});
    BOOST_TEST(error_of([&] {
                   return link(Arguments{nullptr, 0, title, 1});
               }) == "TypeError: the argument 'page' is missing");
    BOOST_TEST(error_of([&] {
                   return link(Arguments{&one, 1, both, 2});
               }) == "TypeError: the argument 'page' comes twice");
    BOOST_TEST(error_of([&] {
                   return link(Arguments{&one, 1, unknown, 1});
               }) == "TypeError: it has no argument 'name'");
    const Value plain{[](int page) { return page; }};
    BOOST_TEST(error_of([&] {
                   return plain(Arguments{&one, 1, title, 1});
               }).starts_with("TypeError"));
}

BOOST_AUTO_TEST_CASE(a_functions_own_exception_is_kept_as_the_cause) {
    const Value fails{[]() -> int { throw std::invalid_argument{"not today"}; }};
    try {
        call(fails, {});
        BOOST_ERROR("no exception");
    } catch (const Error& error) {
        BOOST_TEST(error.type() == "ValueError");
        BOOST_TEST(error.message() == "not today");
        BOOST_CHECK_THROW(std::rethrow_exception(error.cause()), std::invalid_argument);
    }
    const Value interrupts{[]() -> int { throw 5; }};
    BOOST_CHECK_THROW(call(interrupts, {}), int);
}

BOOST_AUTO_TEST_CASE(what_is_empty_is_false) {
    const std::vector<Value> empty = {
        nullptr, false, 0, 0.0, "", Value::list({}), Value::tuple({}), Value::dict({})};
    for (const auto& nothing : empty) {
        BOOST_TEST(!nothing.truth());
    }
    for (const Value& something :
         {Value{true}, Value{-1}, Value{0.1}, Value{"0"}, Value::list({0})}) {
        BOOST_TEST(something.truth());
    }
    BOOST_TEST(Value{[] {}}.truth());
}

BOOST_AUTO_TEST_CASE(equality_is_pythons) {
    BOOST_TEST((Value{1} == Value{1.0}));
    BOOST_TEST((Value{1} == Value{true}));
    BOOST_TEST(!(Value{"1"} == Value{1}));
    BOOST_TEST(!(Value{(std::int64_t{1} << 53) + 1} == Value{9007199254740992.0}));
    BOOST_TEST((Value{std::vector<int>{1, 2}} == Value::list({1, 2.0})));
    BOOST_TEST(!(Value::list({1}) == Value::tuple({1})));
    BOOST_TEST((Value{std::map<std::string, int>{{"a", 1}}} == Value::dict({{"a", 1}})));
    BOOST_TEST(!(Value::dict({{"a", 1}}) == Value::dict({{"b", 1}})));
}

BOOST_AUTO_TEST_CASE(a_list_is_no_key) {
    const auto make = [] { return Value::dict({{Value::list({}), 1}}); };
    BOOST_TEST(error_of(make) == "TypeError: unhashable type: 'list'");
    BOOST_TEST(Value::dict({{Value::tuple({1, "a"}), 5}}).get(Value::tuple({1, "a"})) == Value{5});
}

BOOST_AUTO_TEST_CASE(a_dict_of_many_keys_finds_each) {
    std::vector<std::pair<Value, Value>> items;
    for (int i = 0; i < 2000; ++i) {
        items.emplace_back("key" + std::to_string(i), i);
    }
    const auto dict = Value::dict(items);
    for (int i = 0; i < 2000; ++i) {
        BOOST_REQUIRE(dict.get("key" + std::to_string(i)) == Value{i});
    }
    BOOST_TEST(dict.get("other").is_null());
}

BOOST_AUTO_TEST_CASE(a_list_nested_a_million_deep_is_destroyed_without_recursion) {
    auto value = Value::list({});
    for (int i = 0; i < 1'000'000; ++i) {
        std::vector<Value> one;
        one.push_back(std::move(value));
        value = Value::list(std::move(one));
    }
    BOOST_TEST(error_of([&] { return value.str(); }).starts_with("RecursionError"));
}

BOOST_AUTO_TEST_CASE(values_come_back_as_cpp_types) {
    BOOST_TEST(Value{5}.as<int>() == 5);
    BOOST_TEST(Value{5}.as<double>() == 5.0);
    BOOST_TEST(Value{"x"}.as<std::string>() == "x");
    BOOST_TEST(!Value{}.as<std::optional<int>>().has_value());
    BOOST_TEST(Value::list({1, 2}).as<std::vector<int>>().size() == 2U);
    BOOST_TEST(Value{""}.as<bool>() == false);
    BOOST_TEST(Value{"x"}.as<char>() == 'x');
    BOOST_TEST(error_of([] { return Value{"xy"}.as<char>(); }).starts_with("TypeError"));
    BOOST_TEST(Value::list({1, 2, 1}).as<std::set<int>>().size() == 2U);
    BOOST_TEST(Value{blog::Author{"Ann"}}.as<blog::Author>().name == "Ann");
    BOOST_TEST(error_of([] { return Value{1.5}.as<int>(); }).starts_with("TypeError"));
    BOOST_TEST(error_of([] { return Value{-1}.as<unsigned>(); }).starts_with("OverflowError"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(namespaces)

BOOST_AUTO_TEST_CASE(a_later_value_of_a_name_wins) {
    Namespace names{{"a", 1}, {"b", 2}};
    names.set("a", "new");
    names.update({{"b", 3}, {"c", 4}});
    BOOST_TEST(names.size() == 3U);
    BOOST_TEST(*names.find("a") == Value{"new"});
    BOOST_TEST(*names.find("b") == Value{3});
    BOOST_TEST(names.find("d") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
