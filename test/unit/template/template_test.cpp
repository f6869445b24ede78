#include <tornado/template/template.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tornado/template/error.hpp>
#include <tornado/template/loader.hpp>
#include <tornado/template/object.hpp>
#include <utility>
#include <vector>

namespace {

namespace data = boost::unit_test::data;
using namespace tornado::templating;

std::string render(const std::string& text, const Namespace& names = {}) {
    return Template{text}.generate(names);
}

/// What `what()` says of the error.
std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    } catch (const ParseError& error) {
        return error.what();
    }
    return "no error";
}

std::string parse_error(const std::string& text) {
    return error_of([&] { Template{text, "t.html"}; });
}

std::string without_space(std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
    return text;
}

Value upper() {
    return [](const Value& text) { return text.attribute("upper")(Arguments{}); };
}

BOOST_AUTO_TEST_SUITE(templates)

BOOST_AUTO_TEST_CASE(a_name_is_replaced_by_its_value) {
    BOOST_TEST(render("Hello {{ name }}!", {{"name", "Ben"}}) == "Hello Ben!");
    BOOST_TEST(render("Hello {{ name }}!", {{"name", std::string{"Ben"}}}) == "Hello Ben!");
    BOOST_TEST(render("2 + 2 = {{ 2 + 2 }}") == "2 + 2 = 4");
    BOOST_TEST(render("\u00e9{{ \"\u00e9\" }}") == "\u00e9\u00e9");
    BOOST_TEST(render("") == "");
    BOOST_TEST(Template("", "a name").name() == "a name");
}

BOOST_AUTO_TEST_CASE(comments_vanish) {
    BOOST_TEST(render("Hello{# to do #} {{ name }}!", {{"name", "Ben"}}) == "Hello Ben!");
    BOOST_TEST(render("{% comment blah blah %}foo") == "foo");
    BOOST_TEST(render("{# {{ x }} {% y %}\n#}a") == "a");
}

BOOST_AUTO_TEST_CASE(braces_can_be_escaped) {
    BOOST_TEST(render("{{!") == "{{");
    BOOST_TEST(render("{%!") == "{%");
    BOOST_TEST(render("{#!") == "{#");
    BOOST_TEST(render("{{ 'expr' }} {{!jquery expr}}") == "expr {{jquery expr}}");
    BOOST_TEST(render("{{{1}}}") == "{1}");
    BOOST_TEST(render("\\frac{{{{ 1 }}}}{ a } {") == "\\frac{{1}}{ a } {");
}

BOOST_AUTO_TEST_CASE(what_is_printed_is_escaped) {
    const Namespace names{{"x", "<a href=\"'&'\">"}};
    BOOST_TEST(render("{{ x }}", names) == "&lt;a href=&quot;&#x27;&amp;&#x27;&quot;&gt;");
    BOOST_TEST(render("{% raw x %}", names) == "<a href=\"'&'\">");
    BOOST_TEST(render("{{ ['<'] }}") == "[&#x27;&lt;&#x27;]");
    BOOST_TEST(render("{% autoescape None %}{{ x }}", {{"x", "<"}}) == "<");
    BOOST_TEST(render("{{ x }}{% autoescape None %}", {{"x", "<"}}) == "<");  // for the whole file
    BOOST_TEST(render("{% autoescape url_escape %}{{ x }}", {{"x", "a b"}}) == "a+b");
}

struct Special {
    char byte;
    const char* html;
    const char* url;
    const char* upper;
};

const Special specials[] = {
    {'&', "&amp;", "%26", "&amp;"},
    {'<', "&lt;", "%3C", "&lt;"},
    {'>', "&gt;", "%3E", "&gt;"},
    {'"', "&quot;", "%22", "&quot;"},
    {'\'', "&#x27;", "%27", "&#x27;"},
    {'z', "z", "z", "Z"},
    {'{', "{", "%7B", "{"},
    {'`', "`", "%60", "`"},
    {'\xC3', "\xC3", "%C3", "\xC3"}};

BOOST_AUTO_TEST_CASE(a_text_of_any_size_is_escaped_wherever_something_stands_in_it) {
    const Template printed{"{{ x }}|{{ url_escape(x) }}|{{ x.upper() }}"};
    for (std::size_t size = 1; size < 40; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            for (const auto& special : specials) {
                const std::string before(place, 'a');
                const std::string after(size - place - 1, 'a');
                const std::string upper_before(place, 'A');
                const std::string upper_after(size - place - 1, 'A');
                auto expected = before + special.html + after + "|";
                expected += before + special.url + after + "|";
                expected += upper_before + special.upper + upper_after;
                const auto text = before + special.byte + after;
                BOOST_REQUIRE_EQUAL(printed.generate({{"x", text}}), expected);
            }
        }
    }
    BOOST_TEST(printed.generate({{"x", ""}}) == "||");
}

BOOST_AUTO_TEST_CASE(what_escapes_an_address_is_itself_escaped_as_the_file_says) {
    const Namespace names{
        {"x", "a b&\u00fc/"}, {"own", [](const std::string& text) { return "(" + text + ")"; }}};
    BOOST_TEST(render("{{ url_escape(x) }}", names) == "a+b%26%C3%BC%2F");
    BOOST_TEST(render("{% raw url_escape(x) %}", names) == "a+b%26%C3%BC%2F");
    BOOST_TEST(render("{% autoescape own %}{{ url_escape(x) }}", names) == "(a+b%26%C3%BC%2F)");
    BOOST_TEST(render("{{ url_escape(1) }}", {{"url_escape", [](int) { return "<"; }}}) == "&lt;");
    BOOST_TEST(error_of([] { render("{{ url_escape(1) }}"); }).starts_with("TypeError"));
}

BOOST_AUTO_TEST_CASE(apply_calls_a_function_on_what_is_inside) {
    BOOST_TEST(
        render("{% apply upper %}foo \u00e9{% end %}", {{"upper", upper()}}) == "FOO \u00c9"
    );
    BOOST_TEST(
        render("{% set x = 1 %}{% apply str %}{% set x = 2 %}{{ x }}{% end %}{{ x }}") == "21"
    );
    BOOST_TEST(error_of([] { render("{% apply len %}a{% end %}"); }).starts_with("TypeError"));
}

BOOST_AUTO_TEST_CASE(conditions_choose_their_branch) {
    const Template chosen{"{% if x > 4 %}yes{% elif x == 4 %}four{% else %}no{% end %}"};
    BOOST_TEST(chosen.generate({{"x", 5}}) == "yes");
    BOOST_TEST(chosen.generate({{"x", 4}}) == "four");
    BOOST_TEST(chosen.generate({{"x", 3}}) == "no");
    BOOST_TEST(render("{% if True %}{% else %}{% end %}") == "");
}

BOOST_AUTO_TEST_CASE(try_catches_and_always_ends_with_finally) {
    const Template guarded{
        "{% try %}\ntry{% set y = 1/x %}\n{% except %}-except\n{% else %}-else\n{% finally "
        "%}-finally\n{% end %}"};
    BOOST_TEST(guarded.generate({{"x", 1}}) == "\ntry\n-else\n-finally\n");
    BOOST_TEST(guarded.generate({{"x", 0}}) == "\ntry-except\n-finally\n");
}

BOOST_AUTO_TEST_CASE(except_goes_by_the_exceptions_type) {
    const std::string text =
        "{% try %}{{ f() }}{% except (KeyError, ValueError) as e %}{{ e }}{% except LookupError "
        "%}lookup{% end %}";
    const auto with = [&](auto thrown) {
        return render(text, {{"f", [thrown]() -> Value { throw thrown; }}});
    };
    BOOST_TEST(with(Error{"ValueError", "bad day"}) == "bad day");
    BOOST_TEST(with(Error{"IndexError", ""}) == "lookup");
    BOOST_TEST(with(std::invalid_argument{"why"}) == "why");
    BOOST_TEST(with(std::out_of_range{"x"}) == "lookup");
    BOOST_CHECK_THROW(with(Error{"TypeError", ""}), Error);
    BOOST_CHECK_THROW(with(std::runtime_error{""}), Error);
    BOOST_CHECK_THROW(with(5), int);
}

BOOST_AUTO_TEST_CASE(loops_can_be_left_and_shortened) {
    const auto text = R"({% for i in range(10) %}
    {% if i == 2 %}
        {% continue %}
    {% end %}
    {{ i }}
    {% if i == 6 %}
        {% break %}
    {% end %}
{% end %})";
    BOOST_TEST(without_space(render(text)) == "013456");
    BOOST_TEST(render("{% for i in [1] %}{{ i }}{% else %}e{% end %}") == "1e");
    BOOST_TEST(render("{% for i in [1] %}{% break %}{% else %}e{% end %}") == "");
    BOOST_TEST(
        render("{% set i = 3 %}{% while i %}{{ i }}{% set i -= 1 %}{% else %}e{% end %}") == "321e"
    );
    BOOST_TEST(
        render(
            "{% for a in [1, 2] %}{% for b in [1] %}{% else %}{% break %}{% end %}{{ a }}{% end %}"
        ) == ""
    );
}

BOOST_AUTO_TEST_CASE(modules_are_called_by_their_names) {
    struct Modules final : Object {
        [[nodiscard]] std::optional<Value> attribute(std::string_view name) const override {
            return name == "Entry"
                       ? std::optional<Value>{[](int id) { return "<b>" + std::to_string(id); }}
                       : std::nullopt;
        }
    };
    const Namespace names{{"_tt_modules", std::make_shared<Modules>()}};
    BOOST_TEST(render("{% module Entry(5) %}", names) == "<b>5");
    BOOST_TEST(error_of([&] { render("{% module Other() %}", names); }
    ).starts_with("AttributeError"));
}

BOOST_AUTO_TEST_CASE(imports_bring_registered_modules) {
    DictLoader loader{{
        {"a",
         "{% import shop.prices as p %}{{ p.double(2) }}{% from shop.prices import double, rate as "
         "r %}{{ double(r) }}"},
        {"b",
         "{% import shop.prices %}{{ shop.prices.rate }}{% from shop import prices %}{{ "
         "prices.rate }}"},
        {"none", "{% import other %}"},
        {"member", "{% from shop.prices import other %}"},
        {"escape", "{% import tornado.escape %}{{ tornado.escape.squeeze(' a  b ') }}"},
    }};
    loader.register_module("shop.prices", {{"double", [](int n) { return 2 * n; }}, {"rate", 7}});
    BOOST_TEST(loader.load("a")->generate() == "414");
    BOOST_TEST(loader.load("b")->generate() == "77");
    BOOST_TEST(loader.load("escape")->generate() == "a b");
    BOOST_TEST(error_of([&] { (void)loader.load("none")->generate(); }
    ).starts_with("ModuleNotFoundError: No module named 'other' at none:1"));
    BOOST_TEST(error_of([&] { (void)loader.load("member")->generate(); }).starts_with("ImportError")
    );
}

BOOST_AUTO_TEST_CASE(one_template_serves_several_threads) {
    const Template shared{
        "{% for i in range(200) %}{% set t = i * 2 %}{{ t }},{{ text }};{% end %}"};
    const Namespace names{{"text", "<x>"}};
    const auto expected = shared.generate(names);
    std::vector<std::string> made(4);
    {
        std::vector<std::jthread> threads;
        for (auto& out : made) {
            threads.emplace_back([&] { out = shared.generate(names); });
        }
    }
    for (const auto& out : made) {
        BOOST_TEST(out == expected);
    }
}

BOOST_AUTO_TEST_CASE(output_is_appended_and_taken_back_after_an_error) {
    std::string out = "before ";
    Template{"a{{ x }}"}.generate_to(out, {{"x", 1}});
    BOOST_TEST(out == "before a1");
    BOOST_CHECK_THROW(Template{"b{{ y }}"}.generate_to(out), Error);
    BOOST_TEST(out == "before a1");
}

BOOST_AUTO_TEST_CASE(a_limit_of_steps_ends_what_would_not_end) {
    const GenerateOptions limit{.max_steps = 10'000};
    const char* const wide =
        "{% set a = [0] * 1000 %}{% for i in range(40) %}{% set a = [a] * 1000 %}{% end %}{{ a == "
        "a + [1] or str(a) }}";
    const char* const endless[] = {
        "{% while True %}{% end %}",
        "{% try %}{% while True %}{% end %}{% except %}{% end %}",
        "{% for i in range(10**15) %}{% end %}",
        "{{ [i for i in range(10**15)] }}",
        "{{ sum(range(10**15)) }}",
        "{{ 'a' * 10**9 }}",
        "{% set s = 'aaaaaaaa' %}{% for i in range(60) %}{% set s = s + s %}{% end %}",
        "{% set f = lambda n: f(n) + f(n) %}{{ f(1) }}",
        wide,
    };
    for (const auto* const text : endless) {
        BOOST_CHECK_THROW((void)Template{text}.generate({}, limit), Error);
    }
    BOOST_TEST(Template{"{{ sum(range(100)) }}"}.generate({}, limit) == "4950");
    BOOST_TEST(Template{"{{ sum(range(100000)) }}"}.generate() == "4999950000");
}

BOOST_AUTO_TEST_CASE(a_recursive_value_or_function_is_an_error) {
    BOOST_TEST(error_of([] { render("{% set f = lambda n: f(n) %}{{ f(1) }}"); }
    ).starts_with("RecursionError"));
    BOOST_TEST(error_of([] { render("{% set a = [] %}{% set a.append(a) %}"); }
    ).starts_with("ValueError"));
    BOOST_TEST(error_of([] {
                   render("{% set a = [] %}{% set b = {1: [a]} %}{% set a.append(b) %}");
               }).starts_with("ValueError"));
    BOOST_TEST(
        error_of([] {
            render("{% set a = [] %}{% for i in range(1000) %}{% set a = [a] %}{% end %}{{ a }}");
        }).starts_with("RecursionError")
    );
}

BOOST_AUTO_TEST_CASE(a_list_cannot_hold_a_method_of_its_own) {
    const auto error = error_of([] { render("{% set a = [] %}{% set a.append([a.append]) %}"); });
    BOOST_TEST(error.starts_with("ValueError: a container cannot hold itself"));
}

BOOST_AUTO_TEST_CASE(a_template_that_generates_itself_is_an_error) {
    std::unique_ptr<Template> recursive;
    const Namespace* names = nullptr;
    const Namespace own{{"again", [&] { return recursive->generate(*names); }}};
    names = &own;
    recursive = std::make_unique<Template>("{{ again() }}");
    BOOST_TEST(error_of([&] { (void)recursive->generate(own); }).starts_with("RecursionError"));
}

BOOST_AUTO_TEST_CASE(the_programs_own_lists_are_not_changed) {
    const auto list = Value::list({1, 2});
    const Namespace names{{"own", list}, {"vector", std::vector<int>{1}}};
    BOOST_TEST(error_of([&] { render("{% set own.append(3) %}", names); }).starts_with("TypeError")
    );
    BOOST_TEST(error_of([&] { render("{% set vector[0] = 3 %}", names); }).starts_with("TypeError")
    );
    BOOST_TEST(render("{% set c = list(own) %}{% set c.append(3) %}{{ c }}", names) == "[1, 2, 3]");
    BOOST_TEST(list.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(whitespace)

BOOST_AUTO_TEST_CASE(tags_may_hold_line_ends) {
    const auto text = "{% for i in items\n  %}{% if i > 0 %}, {% end %}{#\n  #}{{i\n  }}{% end\n%}";
    BOOST_TEST(render(text, {{"items", std::vector<int>{0, 1, 2, 3, 4}}}) == "0, 1, 2, 3, 4");
}

BOOST_AUTO_TEST_CASE(goes_by_the_files_name) {
    DictLoader loader{{
        {"foo.html", "   \n\t\n asdf\t   "},
        {"bar.js", " \n\n\n\t qwer     "},
        {"baz.txt", "\t    zxcv\n\n"},
        {"include.html", "  {% include baz.txt %} \n "},
        {"include.txt", "\t\t{% include foo.html %}    "},
    }};
    BOOST_TEST(loader.load("foo.html")->generate() == "\nasdf ");
    BOOST_TEST(loader.load("bar.js")->generate() == "\nqwer ");
    BOOST_TEST(loader.load("baz.txt")->generate() == "\t    zxcv\n\n");
    BOOST_TEST(loader.load("include.html")->generate() == " \t    zxcv\n\n\n");
    BOOST_TEST(loader.load("include.txt")->generate() == "\t\t\nasdf     ");
}

BOOST_AUTO_TEST_CASE(is_as_the_loader_says) {
    const DictLoader::Texts texts{{"foo.html", "\t\tfoo\n\n"}, {"bar.txt", "\t\tbar\n\n"}};
    DictLoader all{texts, {.whitespace = "all"}};
    BOOST_TEST(all.load("foo.html")->generate() == "\t\tfoo\n\n");
    DictLoader single{texts, {.whitespace = "single"}};
    BOOST_TEST(single.load("bar.txt")->generate() == " bar\n");
    DictLoader oneline{texts, {.whitespace = "oneline"}};
    BOOST_TEST(oneline.load("foo.html")->generate() == " foo ");
    BOOST_TEST(oneline.load("bar.txt")->generate() == " bar ");
    BOOST_CHECK_THROW(DictLoader(texts, {.whitespace = "none"}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(changes_within_a_file) {
    const auto text = R"({% whitespace oneline %}
    {% for i in range(3) %}
        {{ i }}
    {% end %}
{% whitespace all %}
    pre	formatted
)";
    BOOST_TEST(Template(text, "foo.html").generate() == "  0  1  2  \n    pre\tformatted\n");
    BOOST_TEST(Template("<pre>\n\n x</pre>", "a.html").generate() == "<pre>\n\n x</pre>");
}

BOOST_AUTO_TEST_CASE(filter_whitespace_knows_three_modes) {
    const std::string text = " a \t b\n\n  c\u00a0\u2003 d\r\ne";
    BOOST_TEST(filter_whitespace("all", text) == text);
    BOOST_TEST(filter_whitespace("single", text) == " a b\nc\u00a0\u2003 d\ne");
    BOOST_TEST(filter_whitespace("oneline", text) == " a b c d e");
    BOOST_CHECK_THROW((void)filter_whitespace("other", ""), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(parse_errors)

BOOST_AUTO_TEST_CASE(tell_sentence_file_and_line) {
    try {
        DictLoader loader{{{"foo.html", "\n\n{{"}}};
        (void)loader.load("foo.html");
        BOOST_ERROR("no exception");
    } catch (const ParseError& error) {
        BOOST_TEST(error.what() == "Missing end expression }} at foo.html:3");
        BOOST_TEST(error.message() == "Missing end expression }}");
        BOOST_TEST(error.filename() == "foo.html");
        BOOST_TEST(error.lineno() == 3U);
    }
    BOOST_TEST(ParseError{"asdf"}.what() == "asdf at None:0");
}

const std::pair<const char*, const char*> broken[] = {
    {"{{", "Missing end expression }} at t.html:1"},
    {"{%", "Missing end block %} at t.html:1"},
    {"a\n{#", "Missing end comment #} at t.html:2"},
    {"{{ }}", "Empty expression at t.html:1"},
    {"{% %}", "Empty block tag ({% %}) at t.html:1"},
    {"\n{% foo %}", "unknown operator: 'foo' at t.html:2"},
    {"{% if x %}", "Missing {% end %} block for if at t.html:1"},
    {"{% end %}", "Extra {% end %} block at t.html:1"},
    {"{% else %}", "else outside of its block at t.html:1"},
    {"{% apply str %}{% else %}{% end %}",
     "else block cannot be attached to apply block at t.html:1"},
    {"{% for x in y %}{% elif x %}{% end %}",
     "elif block cannot be attached to for block at t.html:1"},
    {"{% if x %}{% else %}{% elif y %}{% end %}", "elif block is out of order at t.html:1"},
    {"{% if x %}{% except %}{% end %}", "except block cannot be attached to if block at t.html:1"},
    {"{% if x %}{% finally %}{% end %}",
     "finally block cannot be attached to if block at t.html:1"},
    {"{% try %}{% else %}{% end %}", "else block is out of order at t.html:1"},
    {"{% try %}{% end %}", "try block without except or finally at t.html:1"},
    {"{% try %}{% except %}{% except E %}{% end %}",
     "an except block without a type must be the last at t.html:1"},
    {"{% break %}", "break outside of a for or while block at t.html:1"},
    {"{% continue %}", "continue outside of a for or while block at t.html:1"},
    {"{% for x in y %}{% apply f %}{% break %}{% end %}{% end %}",
     "break outside of a for or while block at t.html:1"},
    {"{% for x in y %}{% else %}{% break %}{% end %}",
     "break outside of a for or while block at t.html:1"},
    {"{% extends %}", "extends missing file path at t.html:1"},
    {"{% include '' %}", "include missing file path at t.html:1"},
    {"{% set %}", "set missing statement at t.html:1"},
    {"{% import %}", "import missing statement at t.html:1"},
    {"{% apply %}{% end %}", "apply missing method name at t.html:1"},
    {"{% block %}{% end %}", "block missing name at t.html:1"},
    {"{% whitespace foo %}", "invalid whitespace mode foo at t.html:1"},
    {"{% include 'x' %}", "no loader to find x at t.html:1"},
    {"{% extends 'x' %}", "no loader to find x at t.html:1"},
    {"{% if x %}{% extends 'x' %}{% end %}", "extends inside of a block at t.html:1"},
    {"\xff", "The template is not UTF-8 at t.html:1"},
};

BOOST_AUTO_TEST_CASE(name_what_is_wrong) {
    for (const auto& [text, sentence] : broken) {
        BOOST_TEST(parse_error(text) == sentence, text << ": " << parse_error(text));
    }
}

const char* const bad_expressions[] = {
    "{{ 1 + }}",
    "{{ (1 }}",
    "{{ [1 }}",
    "{{ 1) }}",
    "{{ a b }}",
    "{{ 'a }}",
    "{{ f(a=1, 2) }}",
    "{{ x = 1 }}",
    "{{ x if y }}",
    "{{ not }}",
    "{{ 1 1 }}",
    "{{ a. }}",
    "{{ a[ }}",
    "{{ {1} }}",
    "{{ ? }}",
    "{{ 09 }}",
    "{{ 1__0 }}",
    "{{ 9223372036854775808 }}",
    "{{ class }}",
    "{{ *a }}",
    "{{ '\\x1' }}",
    "{{ f'{' }}",
    "{{ f'{x!q}' }}",
    "{{ f'}' }}",
    "{% set 1 = x %}",
    "{% set f() = 1 %}",
    "{% set a, b += 1 %}",
    "{% set x = %}",
    "{% set x.y = 1 %}",
    "{% for x %}{% end %}",
    "{% for 1 in x %}{% end %}",
    "{% for x in %}{% end %}",
    "{% if %}{% end %}",
    "{% while %}{% end %}",
    "{% raw %}",
    "{% module %}",
    "{% from x %}",
    "{% from x import * %}",
    "{% import x y %}",
    "{% if x %}{% elif %}{% end %}",
    "{% try x %}{% except %}{% end %}",
    "{% try %}{% except 1 2 %}{% end %}",
    "{% try %}{% except E as 1 %}{% end %}",
    "{% if x %}{% else y %}{% end %}",
    "{% for x in y %}{% break z %}{% end %}",
    "{% autoescape 1 2 %}",
    "{{ lambda }}",
    "{{ [x for] }}",
    "{{ [for x in y] }}",
    "{{ f(x for x in y, 1) }}",
    "{{ a := 1 }}",
    "{{ x!r }}",
    "{{ 1.2.3 }}",
    "{{ 0x }}",
};

BOOST_DATA_TEST_CASE(refuse_what_is_no_expression, data::make(bad_expressions), text) {
    BOOST_TEST(
        parse_error(text).starts_with("Invalid syntax in ") ==
        (parse_error(text).find("Nothing may follow") == std::string::npos)
    );
    BOOST_TEST(parse_error(text).ends_with(" at t.html:1"));
}

BOOST_AUTO_TEST_CASE(come_wherever_a_template_is_cut) {
    const std::string whole =
        "{% for x in [1, (2), {'a': 'b'}] %}{% if f(x)[1:] %}{% try %}{{ x }}{% except E %}{# c "
        "#}{% end %}{% end %}{% end %}";
    BOOST_TEST(parse_error(whole) == "no error");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        const auto error = parse_error(whole.substr(0, size));
        BOOST_TEST(
            (error == "no error" || error.ends_with(" at t.html:1")),
            whole.substr(0, size) << ": " << error
        );
        BOOST_TEST((size < 35 || error != "no error"));
    }
}

std::string times(const std::string& text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

BOOST_AUTO_TEST_CASE(come_for_what_is_nested_ten_thousand_deep) {
    constexpr int deep = 10'000;
    const std::string ends = times("{% end %}", deep);
    for (const char* const block :
         {"{% if x %}",
          "{% for x in y %}",
          "{% try %}",
          "{% apply f %}",
          "{% block x %}",
          "{% while x %}"}) {
        BOOST_TEST(
            parse_error(times(block, deep) + ends) == "Blocks are nested too deeply at t.html:1"
        );
    }
    for (const char* const opening :
         {"(",
          "[",
          "{1:",
          "f(",
          "-",
          "not ",
          "x[",
          "lambda: ",
          "1 if x else ",
          "a or b and (",
          "2**",
          "[x for x in ",
          "*",
          "f'{",
          "~",
          "x."}) {
        BOOST_TEST(parse_error("{{ " + times(opening, deep) + "1 }}") != "no error");
    }
    for (const char* const part :
         {"+1", ".a", "[0]", "()", " < 1", " or 1", " and 1", ", 1", " if 1 else 1"}) {
        const auto error = parse_error("{{ 1" + times(part, deep) + " }}");
        BOOST_TEST((error == "no error" || error.ends_with(" at t.html:1")));
    }
    BOOST_TEST(parse_error("{% if x %}" + times("{% elif y %}", deep) + "{% end %}") == "no error");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(places_of_errors)

std::string
error_in(DictLoader::Texts texts, const std::string& name, const Namespace& names = {}) {
    return error_of([&] { (void)DictLoader{std::move(texts)}.load(name)->generate(names); });
}

const std::string division = "ZeroDivisionError: division by zero at ";

BOOST_AUTO_TEST_CASE(are_the_line_of_the_directive) {
    BOOST_TEST(
        error_in({{"t.html", "one\ntwo{{1/0}}\nthree\n"}}, "t.html") == division + "t.html:2"
    );
    BOOST_TEST(
        error_in({{"t.html", "one\ntwo{%if 1/0%}\nthree{%end%}\n"}}, "t.html") ==
        division + "t.html:2"
    );
    BOOST_TEST(error_in({{"t", "{% if 0 %}\n{% elif 1/0 %}{% end %}"}}, "t") == division + "t:2");
    BOOST_TEST(
        error_in({{"t", "{% set i = 2 %}\n{% while 4/i %}\n{% set i -= 1 %}\n{% end %}"}}, "t") ==
        division + "t:2"
    );
    BOOST_TEST(error_in({{"t", "\n{% for x in [1/0] %}{% end %}"}}, "t") == division + "t:2");
    BOOST_TEST(
        error_in(
            {{"t",
              "{% try %}\n{{ 1/0 }}{% except KeyError %}{% finally %}\n\n{% set x = 1 %}{% end "
              "%}"}},
            "t"
        ) == division + "t:2"
    );
}

BOOST_AUTO_TEST_CASE(name_the_files_that_include_it) {
    BOOST_TEST(
        error_in(
            {{"base.html", "{% include 'sub.html' %}"}, {"sub.html", "{{1/0}}"}}, "base.html"
        ) == division + "sub.html:1 (via base.html:1)"
    );
    BOOST_TEST(
        error_in(
            {{"a.html", "{% include 'b.html' %}"},
             {"b.html", "{% include 'c.html' %}"},
             {"c.html", "{{1/0}}"}},
            "a.html"
        ) == division + "c.html:1 (via b.html:1, a.html:1)"
    );
}

BOOST_AUTO_TEST_CASE(are_where_inheritance_put_the_text) {
    BOOST_TEST(
        error_in(
            {{"base.html", "{{1/0}}"}, {"sub.html", "{% extends 'base.html' %}"}}, "sub.html"
        ) == division + "base.html:1"
    );
    BOOST_TEST(
        error_in(
            {{"base.html", "{% block 'block' %}{% end %}"},
             {"sub.html",
              "\n{% extends 'base.html' %}\n{% block 'block' %}\n{{1/0}}\n{% end %}\n"}},
            "sub.html"
        ) == division + "sub.html:4 (via base.html:1)"
    );
}

BOOST_AUTO_TEST_CASE(tell_both_templates_when_a_module_generates_one) {
    struct Modules final : Object {
        [[nodiscard]] std::optional<Value> attribute(std::string_view) const override {
            return Value{
                [this](const std::string& name) { return loader->load(name)->generate(); }};
        }
        BaseLoader* loader = nullptr;
    };
    const auto modules = std::make_shared<Modules>();
    DictLoader loader{
        {{"base.html", "{% module Template('sub.html') %}"}, {"sub.html", "{{1/0}}"}},
        {.names = {{"_tt_modules", modules}}}};
    modules->loader = &loader;
    const auto error = error_of([&] { (void)loader.load("base.html")->generate(); });
    BOOST_TEST(error == division + "sub.html:1, called at base.html:1");
}

BOOST_AUTO_TEST_CASE(come_with_unknown_names_attributes_and_arguments) {
    BOOST_TEST(render("{% if False %}{{ nowhere }}{% end %}") == "");
    BOOST_TEST(
        error_in({{"t", "{{ nowhere }}"}}, "t") == "NameError: name 'nowhere' is not defined at t:1"
    );
    BOOST_TEST(
        error_in({{"t", "{{ ''.nothing }}"}}, "t") ==
        "AttributeError: 'str' object has no attribute 'nothing' at t:1"
    );
    const Namespace names{{"f", [](int n) { return n; }}};
    BOOST_TEST(
        error_in({{"t", "{{ f() }}"}}, "t", names) == "TypeError: it takes 1 argument, not 0 at t:1"
    );
    BOOST_TEST(error_in(
                   {{"t", "{{ x }}{% set x = 1 %}"}}, "t", {{"x", 2}}
    ).starts_with("UnboundLocalError"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
