#include <tornado/escape/html.hpp>

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

namespace {

using namespace tornado::escape;
using Sample = std::pair<std::string, std::string>;

BOOST_AUTO_TEST_SUITE(html)

const Sample escapes[] = {
    {"<script>", "&lt;script&gt;"},
    {"\"a\" & 'b'", "&quot;a&quot; &amp; &#x27;b&#x27;"},
    {"&amp;", "&amp;amp;"},
    {"<\u00e9>", "&lt;\u00e9&gt;"},
    {"<\xff\xfe>", "&lt;\xff\xfe&gt;"},
    {std::string{"a\0<", 3}, std::string{"a\0&lt;", 6}},
    {"", ""},
    {"nothing to do", "nothing to do"},
};

BOOST_AUTO_TEST_CASE(escapes_what_html_gives_a_meaning) {
    for (const auto& [plain, escaped] : escapes) {
        BOOST_TEST(xhtml_escape(plain) == escaped);
    }
}

BOOST_AUTO_TEST_CASE(escapes_a_character_wherever_it_stands) {
    const std::string specials = "<>&\"'";
    for (std::size_t size = 1; size < 50; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string plain(size, '\xbc');  // '<' but for its uppermost bit
                plain[at] = static_cast<char>(byte);
                const auto escaped = xhtml_escape(plain);
                const bool is_special = specials.find(plain[at]) != specials.npos;
                BOOST_REQUIRE((escaped == plain) != is_special);
                BOOST_REQUIRE(xhtml_unescape(escaped) == plain);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(appending_keeps_what_is_there) {
    std::string out = "<b>";
    append_xhtml_escaped(out, "a<b");
    append_xhtml_escaped(out, "");
    BOOST_TEST(out == "<b>a&lt;b");
}

BOOST_AUTO_TEST_CASE(unescaping_undoes_escaping) {
    for (const auto& [plain, escaped] : escapes) {
        BOOST_TEST(xhtml_unescape(escaped) == plain);
    }
}

const Sample numbers[] = {
    {"&#39;&#039;&#x27;&#X27;", "''''"},
    {"foo&#32;bar", "foo bar"},
    {"&#x1F600;", "\U0001F600"},
    {"&#65", "A"},
    {"&#65x", "Ax"},
    {"&#;&#x;&#xyz;&#", "&#;&#x;&#xyz;&#"},
    {"&#0;&#xD800;&#x110000;", "\uFFFD\uFFFD\uFFFD"},
    {"&#99999999999999999999999999;", "\uFFFD"},
    {"&#x80;&#150;", "\u20ac\u2013"},  // Windows-1252
    {"a&#1;&#xFFFE;&#x7F;b", "ab"},    // no characters
    {"&#13;&#10;", "\r\n"},
};

BOOST_AUTO_TEST_CASE(unescapes_numbers) {
    for (const auto& [escaped, plain] : numbers) {
        BOOST_TEST(xhtml_unescape(escaped) == plain);
    }
}

const Sample names[] = {
    {"&lt;&gt;&amp;&quot;&apos;", "<>&\"'"},
    {"&eacute;&Eacute;&nbsp;&euro;", "\u00e9\u00c9\u00a0\u20ac"},
    {"&NotEqualTilde;", "\u2242\u0338"},  // two characters
    {"&CounterClockwiseContourIntegral;", "\u2233"},
    {"&ltfoo &copy2024 &notit; &notin;", "<foo \u00a92024 \u00acit; \u2209"},
    {"&euro &unknown; &; & &", "&euro &unknown; &; & &"},
    {"&amp;lt;", "&lt;"},  // once is enough
    {"&LT", "<"},
    {"&Lt;", "\u226a"},
};

BOOST_AUTO_TEST_CASE(unescapes_names) {
    for (const auto& [escaped, plain] : names) {
        BOOST_TEST(xhtml_unescape(escaped) == plain);
    }
}

BOOST_AUTO_TEST_CASE(squeeze_leaves_single_spaces) {
    BOOST_TEST(
        squeeze("sequences     of    whitespace   chars") == "sequences of whitespace chars"
    );
    BOOST_TEST(squeeze(" \t a \n\r\x01 b\u00a0") == "a b\u00a0");
    BOOST_TEST(squeeze(" \n ") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
