#include <tornado/escape/linkify.hpp>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <utility>

namespace {

using namespace tornado::escape;
using Sample = std::pair<std::string, std::string>;

std::string link(const std::string& address) {
    return "<a href=\"" + address + "\">" + address + "</a>";
}
std::string www(const std::string& address) {
    return "<a href=\"http://" + address + "\">" + address + "</a>";
}

BOOST_AUTO_TEST_SUITE(linkify_text)

const Sample samples[] = {
    {"", ""},
    {"no link, but <b> & 'c'", "no link, but &lt;b&gt; &amp; &#x27;c&#x27;"},
    {"see http://example.com", "see " + link("http://example.com")},
    {"https://example.com/a_b-c/?d=e#f", link("https://example.com/a_b-c/?d=e#f")},
    {"http://example.com:8080/", link("http://example.com:8080/")},
    {"see www.example.com now", "see " + www("www.example.com") + " now"},
    {"Www.example.com wwww.example.com", "Www.example.com wwww.example.com"},
    {"my-www.example.com", "my-" + www("www.example.com")},
    {"http://a.example, http://b.example.",
     link("http://a.example") + ", " + link("http://b.example") + "."},
    {"what?http://a.example/?!...", "what?" + link("http://a.example/") + "?!..."},
    {"<http://a.example/>", "&lt;" + link("http://a.example/") + "&gt;"},
    {"<a href=\"http://a.example/\">x</a>",
     "&lt;a href=&quot;" + link("http://a.example/") + "&quot;&gt;x&lt;/a&gt;"},
    {"'http://a.example'", "&#x27;" + link("http://a.example") + "&#x27;"},
    {"http://a.example/?b=1&c=2", link("http://a.example/?b=1&amp;c=2")},
    {"http://a.example/&", link("http://a.example/") + "&amp;"},
    {"http://a.example/\"b\"", link("http://a.example/&quot;b") + "&quot;"},
    {"http://a.example/a;b;", link("http://a.example/a;b") + ";"},
    {"(http://a.example)", "(" + link("http://a.example") + ")"},
    {"(www.a.example/b).", "(" + www("www.a.example/b") + ")."},
    {"http://a.example/Word_(sense)", link("http://a.example/Word_(sense)")},
    {"http://a.example/(b)/c_(d).", link("http://a.example/(b)/c_(d)") + "."},
    {"http://a.example/b(c d)", link("http://a.example/b") + "(c d)"},
    {"http://a.example/b.(c)", link("http://a.example/b") + ".(c)"},
    {"http://a.example/((b))", link("http://a.example/") + "((b))"},
    {"http:/a.example file:///b http:a", link("http:/a.example") + " file:///b http:a"},
    {"http:// http://. www. www.!", "http:// http://. www. www.!"},
    {"javascript://alert ftp://a.example/www.b.example",
     "javascript://alert ftp://a.example/www.b.example"},
    {"xhttp://a.example _http://a.example -http://a.example",
     "xhttp://a.example _http://a.example -" + link("http://a.example")},
    {"http://a.example\nwww.b.example\thttp://c.example",
     link("http://a.example") + "\n" + www("www.b.example") + "\t" + link("http://c.example")},
    {"http://a.example/\u00e9t\u00e9 \u00e9http://b.example",
     link("http://a.example/\u00e9t\u00e9") + " \u00e9http://b.example"},
    {"\u201chttp://a.example\u00a0b", "\u201c" + link("http://a.example") + "\u00a0b"},
    {"http://a.example/\u3000www.b.example",
     link("http://a.example/") + "\u3000" + www("www.b.example")},
    {"http://a.example/\xff!", link("http://a.example/\xff") + "!"},
};

BOOST_AUTO_TEST_CASE(finds_addresses_and_nothing_else) {
    for (const auto& [text, html] : samples) {
        BOOST_TEST(linkify(text) == html);
    }
}

BOOST_AUTO_TEST_CASE(may_require_a_protocol) {
    BOOST_TEST(
        linkify("www.a.example http://b.example", {.require_protocol = true}) ==
        "www.a.example " + link("http://b.example")
    );
}

BOOST_AUTO_TEST_CASE(links_the_protocols_that_are_permitted) {
    BOOST_TEST(
        linkify("ftp://a.example http://b.example", {.permitted_protocols = {"ftp"}}) ==
        link("ftp://a.example") + " http://b.example"
    );
}

BOOST_AUTO_TEST_CASE(adds_attributes) {
    BOOST_TEST(
        linkify("www.a.example", {.extra_params = " rel=\"nofollow\" "}) ==
        "<a href=\"http://www.a.example\" rel=\"nofollow\">www.a.example</a>"
    );
}

BOOST_AUTO_TEST_CASE(computes_attributes_from_the_address) {
    const auto attributes = [](std::string_view href) {
        return href.starts_with("http://www.inside.example/") ? std::string{"class=\"internal\""}
                                                              : std::string{};
    };
    BOOST_TEST(
        linkify("www.inside.example/a", {.extra_params_for = attributes}) ==
        "<a href=\"http://www.inside.example/a\" class=\"internal\">www.inside.example/a</a>"
    );
    BOOST_TEST(
        linkify("http://a.example/", {.extra_params_for = attributes}) == link("http://a.example/")
    );
}

std::string clipped(const std::string& address, const std::string& shown) {
    const std::string href = (address.starts_with("www") ? "http://" : "") + address;
    return "<a href=\"" + href + "\" title=\"" + href + "\">" + shown + "</a>";
}

const Sample long_ones[] = {
    {"http://example.com/a/path/that/goes/on/for/long.html", "http://example.com/a..."},
    {"http://example.com/longfilename.html/more", "http://example.com/longfile..."},
    {"http://example.com/a.html?quite=a&long=query", "http://example.com/a..."},
    {"www.example.com/a/path/that/goes/on/for/long.html", "www.example.com/a..."},
    {"http://a-very-long-name-of-a-host.subdomain.example.com/index.html",
     "http://a-very-long-name-of-a-h..."},
};

BOOST_AUTO_TEST_CASE(shortens_long_addresses) {
    for (const auto& [address, shown] : long_ones) {
        std::string escaped = address;
        if (const auto i = escaped.find('&'); i != escaped.npos) {
            escaped.replace(i, 1, "&amp;");
        }
        BOOST_TEST(linkify(address, {.shorten = true}) == clipped(escaped, shown));
    }
}

BOOST_AUTO_TEST_CASE(shows_what_gains_nothing_from_shortening_in_full) {
    for (const auto* address :
         {"http://example.com/short",
          "http://www.a-name-of-31-char.org",
          "http://example.com/a-bit-long"}) {
        BOOST_TEST(linkify(address, {.shorten = true}) == link(address));
    }
}

BOOST_AUTO_TEST_CASE(shortening_cuts_neither_characters_nor_entities) {
    const std::string host = "http://a-very-long-host.xy";  // 26 characters
    BOOST_TEST(
        linkify(host + "&&&&&&&&&&&&&&&&b", {.shorten = true}).find(">" + host + "...<") !=
        std::string::npos
    );
    const auto shown = linkify(
        host + std::string(3, 'x') + "\u00e9\u00e9" + std::string(20, 'y'), {.shorten = true}
    );
    BOOST_TEST(shown.find(">" + host + "xxx\u00e9...<") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(may_follow_the_punctuation_and_the_pictures_of_any_script) {
    for (const std::string before :
         {"网址：", "👉", "→", "►", "✓", "価格｜", "・", "€", "؟", "،", "«", "—", "。", "™ "}) {
        for (const std::string address : {"http://example.com/a", "www.example.com"}) {
            BOOST_TEST(linkify(before + address).find("<a href=") == before.size());
        }
    }
    for (const std::string letter : {"é", "字", "ب", "ж", "٣", "々", "ａ", "²"}) {
        BOOST_TEST(linkify(letter + "www.example.com").find("<a") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(takes_linear_time) {
    const auto repeated = [](const std::string& piece) {
        std::string text;
        while (text.size() < 1'000'000) {
            text += piece;
        }
        return text;
    };
    const auto begin = std::chrono::steady_clock::now();
    for (const auto* piece :
         {"a",
          "a-",
          "a:",
          "www.",
          "http://",
          "http://(",
          "http://(a",
          "http://a(",
          "(((http://!",
          "&",
          "-www.(",
          "a://b!"}) {
        const auto html = linkify(repeated(piece));
        BOOST_TEST(html.size() >= 1'000'000U);
    }
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds{20})
    );  // quadratic takes hours
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
