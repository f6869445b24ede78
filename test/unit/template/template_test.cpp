#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tornado/escape/html.hpp>
#include <tornado/template/error.hpp>
#include <tornado/template/loader.hpp>
#include <tornado/template/object.hpp>
#include <utility>
#include <vector>

#include "support.hpp"

namespace {

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

BOOST_AUTO_TEST_CASE(a_text_may_have_a_loader_and_options) {
    DictLoader loader{
        {{"part.html", "{{ x }}  p"}}, {.autoescape = "url_escape", .whitespace = "single"}};
    const std::string text = "{% include part.html %}{{ x }}  y";
    const Namespace names{{"x", "<a b>"}};
    BOOST_TEST((Template{text, "t.html", &loader}.generate(names)) == "%3Ca+b%3E p%3Ca+b%3E y");
    const Template own{text, "t.html", &loader, {.autoescape = "None", .whitespace = "all"}};
    BOOST_TEST(own.generate(names) == "%3Ca+b%3E p<a b>  y");
    BOOST_TEST(own.name() == "t.html");
    BOOST_TEST((Template{"{{ x }}  y", "t.html"}.generate(names)) == "&lt;a b&gt; y");
    BOOST_TEST(error_of([&] {
                   Template{text, "t.html"};
               }) == "no loader to find part.html at t.html:1");
    BOOST_CHECK_THROW((Template{"", "t", nullptr, {.whitespace = "some"}}), std::invalid_argument);
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

BOOST_AUTO_TEST_CASE(characters_are_escaped_wherever_they_stand_in_texts_of_any_length) {
    const Template page{"{{ x }}"};
    for (std::size_t length = 1; length < 50; ++length) {
        for (std::size_t place = 0; place < length; ++place) {
            const char special = "&<>\"'"[place % 5];
            std::string text(length, 'a');
            text[place] = special;
            text[length / 2] = special;
            BOOST_TEST(page.generate({{"x", text}}) == tornado::escape::xhtml_escape(text));
        }
    }
    std::string neighbours;
    for (int c = 0; c < 128; ++c) {
        neighbours += static_cast<char>(c);
    }
    for (; !neighbours.empty(); neighbours.erase(0, 1)) {
        BOOST_TEST(page.generate({{"x", neighbours}}) == tornado::escape::xhtml_escape(neighbours));
    }
}

BOOST_AUTO_TEST_CASE(output_grows_wherever_it_is_full) {
    const std::string quotes(31, '"');  // become longest
    const std::string_view prints[] = {
        "{{ x }}", "{{ x.upper() }}", "{{ url_escape(x) }}", "{% raw x %}", "{{ [x] }}", "{{ 1 }}"};
    for (const auto print : prints) {
        const auto expected = render(std::string{print}, {{"x", quotes}});
        for (std::size_t before = 0; before < 700; ++before) {  // several times the first room
            const std::string text(before, ' ');
            const Template fresh{"{% raw before %}" + std::string{print}};
            BOOST_TEST(fresh.generate({{"before", text}, {"x", quotes}}) == text + expected);
        }
    }
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

BOOST_AUTO_TEST_CASE(a_recursive_function_of_high_expressions_leaves_the_stack_whole) {
    const auto nested = [](std::string_view before, std::string_view after, int count) {
        std::string text = "{% set f = lambda n: ";
        for (int i = 0; i < count; ++i) {
            text += before;
        }
        text += "f(n + 1)";
        for (int i = 0; i < count; ++i) {
            text += after;
        }
        return text + " %}{{ f(0) }}";
    };
    for (const auto& text :
         {nested("", " + 1", 380),
          nested("", ".a(1)", 180),
          nested("", "[0]", 380),
          nested("dict(a=", ")", 80)}) {
        BOOST_TEST(error_of([&] { render(text); }).starts_with("RecursionError"));
    }
    BOOST_TEST(
        render("{% set f = lambda n: 0 if n == 0 else 1 + f(n - 1) %}{{ f(150) }}") == "150"
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

}  // namespace
