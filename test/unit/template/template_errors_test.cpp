#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <tornado/template/loader.hpp>
#include <tornado/template/object.hpp>
#include <utility>
#include <vector>

#include "support.hpp"

namespace {

namespace data = boost::unit_test::data;

std::string parse_error(const std::string& text) {
    return error_of([&] { Template{text, "t.html"}; });
}

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
    "{{ b'\\xff' }}",
    "{{ b'\\xc3' }}",
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

const std::string wholes[] = {
    "{% for x in [1, (2), {'a': 'b'}] %}{% if f(x)[1:] %}{% try %}{{ x }}{% except E %}{# c "
    "#}{% end %}{% end %}{% end %}",
    "{% block b %}{% apply f %}{% while x %}{% set y = \"a\" %}{% raw y %}{% end %}{% end %}{% end "
    "%}",
    "{% apply f %}{% module M('a', *b) %}{% import a.b as c %}{% comment d %}{% end %}",
    "{% if x %}{% autoescape None %}{% whitespace all %}{{ f'{x!r:>5}' }}{% elif y %}{% else %}"
    "{% end %}"};

BOOST_DATA_TEST_CASE(come_wherever_a_template_is_cut, data::make(wholes), whole) {
    BOOST_TEST(parse_error(whole) == "no error");
    const auto first = whole.find("%}") + 2;
    for (std::size_t size = 1; size < whole.size(); ++size) {
        const auto error = parse_error(whole.substr(0, size));
        BOOST_TEST(
            (error == "no error" || error.ends_with(" at t.html:1")),
            whole.substr(0, size) << ": " << error
        );
        BOOST_TEST((size < first || error != "no error"), whole.substr(0, size));
    }
}

std::string times(const std::string& text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

BOOST_AUTO_TEST_CASE(come_for_what_is_nested_too_deeply_over_many_files) {
    for (const std::string block : {"{% if x %}", "{% for x in y %}", "{% apply f %}"}) {
        std::map<std::string, std::string> files;
        for (int i = 0; i < 50; ++i) {
            const auto next = i < 49 ? "{% include f" + std::to_string(i + 1) + ".html %}" : "";
            files["f" + std::to_string(i) + ".html"] =
                times(block, 100) + next + times("{% end %}", 100);
        }
        DictLoader loader{files};
        BOOST_TEST(error_of([&] {
                       static_cast<void>(loader.load("f0.html"));
                   }) == "blocks of several files are nested too deeply at f5.html:1");
    }
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
