#include <tornado/template/compiled_loader.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tornado/template/compiled/members.hpp>
#include <tornado/template/described.hpp>
#include <tornado/template/error.hpp>
#include <tornado/template/object.hpp>
#include <vector>

#include "compiled/notes.hpp"

namespace {

using namespace tornado::templating;
namespace data = boost::unit_test::data;

struct Modules final : Object {
    [[nodiscard]] std::optional<Value> attribute(std::string_view name) const override {
        if (name != "Note") {
            return std::nullopt;
        }
        return Value{[](const Value& note) { return "<" + note.attribute("title").str() + ">"; }};
    }
};

std::vector<notes::Note> make_notes() {
    std::vector<notes::Note> all(2);
    all[0].id = 7;
    all[0].title = "Cats & <dogs>";
    all[0].tags = {"a", "b", "c <>"};
    all[0].counts = {{"one", 1}, {"two", 2}};
    all[0].by_number = {{2, "second"}};
    all[0].author = notes::Author{"Zoë", "a&b"};
    all[1].id = 9;
    all[1].title = "Nine";
    all[1].editor = std::make_shared<notes::Author>(notes::Author{"Ed", {}});
    return all;
}

const std::vector<notes::Note>& all_notes() {
    static const auto all = make_notes();
    return all;
}

Namespace names_with(std::size_t note, const std::string& kind = "") {
    return {
        {"site", "Notes"},
        {"note", std::cref(all_notes()[note])},
        {"all_notes", std::cref(all_notes())},
        {"other", nullptr},
        {"kind", kind},
        {"_tt_modules", std::make_shared<Modules>()},
    };
}

/// The files that were compiled, for a loader of files.
Loader& files() {
    static Loader loader{TEST_TEMPLATES};
    return loader;
}

CompiledLoader& linked() {
    static CompiledLoader loader{"template_test"};
    return loader;
}

std::string outcome(
    BaseLoader& loader,
    const std::string& name,
    const Namespace& names,
    GenerateOptions options = {}
) {
    try {
        return loader.load(name)->generate(names, options);
    } catch (const Error& error) {
        return error.what();
    }
}

BOOST_AUTO_TEST_SUITE(compiled_loader)

const std::string pages[] = {"base.html", "fields.html", "loops.html", "part/note.html"};

BOOST_DATA_TEST_CASE(its_templates_make_what_the_files_make, data::make(pages), page) {
    for (const std::size_t note : {0U, 1U}) {
        const auto expected = outcome(files(), page, names_with(note));
        BOOST_TEST(outcome(linked(), page, names_with(note)) == expected);
        BOOST_TEST(expected.size() > 20);
    }
    BOOST_TEST(outcome(files(), page, names_with(0)).find("Error: ") == std::string::npos);
}

const std::string kinds[] = {
    "index",
    "key",
    "none",
    "method",
    "name",
    "zero",
    "big",
    "dict",
    "include",
    "loop",
    "arguments",
    "join",
    "join late",
    "unpack"};

BOOST_DATA_TEST_CASE(its_errors_are_those_of_the_files_with_their_places, data::make(kinds), kind) {
    const GenerateOptions options{.max_steps = 1000};
    const auto expected = outcome(files(), "fails.html", names_with(0, kind), options);
    BOOST_TEST(outcome(linked(), "fails.html", names_with(0, kind), options) == expected);
    BOOST_TEST((expected.find(" at fails.html:") != std::string::npos || kind == "include"));
}

BOOST_AUTO_TEST_CASE(an_error_leaves_the_output_as_it_was) {
    std::string out = "before";
    BOOST_CHECK_THROW(linked().load("fails.html")->generate_to(out, names_with(0, "key")), Error);
    BOOST_TEST(out == "before");
    linked().load("part/note.html")->generate_to(out, names_with(1));
    BOOST_TEST(out == "before<li>Nine nobody</li>\n");
}

BOOST_AUTO_TEST_CASE(names_lead_where_they_lead_in_a_folder) {
    BOOST_TEST(linked().load("note.html", "part/other.html")->name() == "part/note.html");
    BOOST_CHECK_THROW((void)linked().load("../base.html"), ParseError);
    BOOST_CHECK_THROW((void)linked().load("no_such.html"), ParseError);
    BOOST_TEST(linked().load("base.html").get() == linked().load("base.html").get());
}

BOOST_AUTO_TEST_CASE(a_value_of_another_type_than_declared_is_an_error_with_a_place) {
    auto names = names_with(0);
    names.set("note", Value::dict({{"title", "a dict"}}));
    BOOST_TEST(
        outcome(linked(), "part/note.html", names) ==
        "TypeError: 'note' was declared as another type than the dict that it is at "
        "part/note.html:1"
    );
}

BOOST_AUTO_TEST_CASE(a_built_in_function_cannot_be_replaced_behind_its_back) {
    auto names = names_with(0);
    names.set("enumerate", [](const Value&) { return 1; });
    const auto sentence = outcome(linked(), "loops.html", names);
    BOOST_TEST(sentence.find("was compiled for the built-in enumerate") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_knows_names_and_modules_of_its_own) {
    CompiledLoader loader{"template_test", {{"site", "Own"}}};
    BOOST_TEST(loader.load("base.html")->generate() == "<title>Own</title>\n\n");
}

BOOST_AUTO_TEST_CASE(its_templates_import_registered_modules) {
    CompiledLoader loader{"template_test"};
    loader.register_module("shop", {{"double", [](int n) { return 2 * n; }}, {"rate", 7}});
    BOOST_TEST(loader.load("imports.html")->generate() == "42 7\n");
    BOOST_TEST(
        outcome(linked(), "imports.html", {}).starts_with("ModuleNotFoundError: No module named ")
    );
}

BOOST_AUTO_TEST_CASE(its_templates_escape_and_space_as_they_were_told) {
    CompiledLoader compiled{"template_test_plain"};
    Loader loader{TEST_PLAIN_TEMPLATES, {.autoescape = "url_escape", .whitespace = "oneline"}};
    const Namespace names{{"words", "a b&<c>"}};
    const auto made = compiled.load("escaped.txt")->generate(names);
    BOOST_TEST(made == "a+b%26%3Cc%3E and more ");
    BOOST_TEST(made == loader.load("escaped.txt")->generate(names));
}

BOOST_AUTO_TEST_CASE(one_serves_several_threads) {
    const std::vector expected{
        outcome(files(), "fields.html", names_with(0)),
        outcome(files(), "fields.html", names_with(1))};
    std::vector<std::vector<std::string>> made(4);
    {
        std::vector<std::jthread> threads;
        for (auto& all : made) {
            threads.emplace_back([&all] {
                for (std::size_t turn = 0; turn < 50; ++turn) {
                    all.push_back(outcome(linked(), "fields.html", names_with(turn % 2)));
                }
            });
        }
    }
    for (const auto& all : made) {
        for (std::size_t turn = 0; turn < all.size(); ++turn) {
            BOOST_TEST(all[turn] == expected[turn % 2]);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_methods_that_it_checks_are_those_of_values) {
    const Value text{"text"};
    for (const auto name : compiled::text_methods) {
        BOOST_CHECK_NO_THROW((void)text.attribute(name));
    }
    const auto list = Value::list({});
    for (const auto name : compiled::list_methods) {
        BOOST_CHECK_NO_THROW((void)list.attribute(name));
    }
}

BOOST_AUTO_TEST_CASE(a_set_that_is_not_linked_in_is_misuse) {
    BOOST_CHECK_THROW(CompiledLoader{"no_such_set"}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(two_templates_of_one_name_and_set_are_refused) {
    static const compiled::CompiledTemplate one{"double", "a.html", nullptr, nullptr};
    BOOST_CHECK_NO_THROW(CompiledLoader{"double"});
    static const compiled::CompiledTemplate other{"double", "b.html", nullptr, nullptr};
    BOOST_CHECK_NO_THROW(CompiledLoader{"double"});
    static const compiled::CompiledTemplate again{"double", "a.html", nullptr, nullptr};
    BOOST_CHECK_THROW(CompiledLoader{"double"}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
