#include <tornado/httpserver/path_pattern.hpp>

#include <boost/regex.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "../log_capture.hpp"
#include "random_routes.hpp"

namespace {

using namespace tornado::routing;
using Kind = PathPattern::Kind;
using Strings = std::vector<std::string>;
namespace data = boost::unit_test::data;

/// What the groups matched, "-" for one that took no part; {"no"} when the pattern did not match.
Strings match(const PathPattern& pattern, std::string_view path) {
    PathGroups groups;
    groups.push_back("left over");
    if (!pattern.match(path, groups)) {
        BOOST_TEST(groups.empty());
        return {"no"};
    }
    Strings result;
    for (const auto& group : groups) {
        result.emplace_back(group.value_or("-"));
    }
    return result;
}

Strings match(std::string_view pattern, std::string_view path) {
    return match(PathPattern{pattern}, path);
}

std::string refusal(std::string_view pattern) {
    try {
        const PathPattern refused{pattern};
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

std::string reverse_refusal(std::string_view pattern, const Strings& values) {
    try {
        (void)PathPattern{pattern}.reverse(values);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(PathPattern::Kind)

BOOST_AUTO_TEST_SUITE(path_pattern)

const std::string literals[] =
    {"/", "/about", R"(/robots\.txt)", "/a/b/", "^/about$", R"(/a\-b\_c)"};

BOOST_DATA_TEST_CASE(plain_text_is_a_literal, data::make(literals), pattern) {
    BOOST_TEST(PathPattern{pattern}.kind() == Kind::literal);
}

const std::string shapes[] = {
    "/([^/]+)",
    "/a/([0-9]+)",
    R"(/a/(\d+)/b)",
    R"(/(\w+)/(\w+))",
    "/x-([a-z]+)/",
    "/([^/]*)",
    "/static/(.*)",
    "/(.+)$",
    R"(/([^/]+)\.html)",
    "/([0-9]+)-([a-z]+)",
    "/(.*)/edit",
    "/foo/?",
    "/([^/]+)/?",
    "/(?P<year>[0-9]{4})/(?<month>[0-9]{2})",
    R"(/v\d+/([\w.-]+))",
    "/(.)",
    R"(/(favicon\.ico))",
    R"(/(?P<file>robots\.txt)$)",
    R"(/(\.well-known)/(.+))",
    "/(a)(b)(c)(d)(e)(f)(g)(h)",
    "/[0-9]+-(draft)/x([a-z]+)/(y)"};

BOOST_DATA_TEST_CASE(literals_and_repeated_classes_are_a_shape, data::make(shapes), pattern) {
    BOOST_TEST(PathPattern{pattern}.kind() == Kind::shape);
}

const std::string regexes[] = {
    "/(a|b)",
    "/a|/b",
    "/(?:a)",
    "/(a)?",
    "/(.*)/(.*)",
    "/([^/]+)-([^/]+)",
    "/([^/]++)x",
    R"(/\bx)",
    "/(?i)x",
    "/((a))",
    "/([[:alpha:]]+)",
    "/(a)(b)(c)(d)(e)(f)(g)(h)(i)",
    "/()",
    "/(ab)+",
    "/(a+b)",
    "/(ab(?#c))*",
    "/(.*)(ab)",
    "/[0-9]?a[0-9]?a[0-9]?a[0-9]?a[0-9]?a[0-9]?a[0-9]?a[0-9]?a[0-9]?(a)"};

BOOST_DATA_TEST_CASE(all_else_is_a_regex, data::make(regexes), pattern) {
    BOOST_TEST(PathPattern{pattern}.kind() == Kind::regex);
}

BOOST_AUTO_TEST_CASE(match_needs_the_whole_path) {
    BOOST_TEST(match("/about", "/about") == Strings{});
    for (const auto* const path : {"/about/", "/abou", "x/about", "", "/About"}) {
        BOOST_TEST(match("/about", path) == Strings{"no"});
    }
    BOOST_TEST(match("/([0-9]+)", "/12x") == Strings{"no"});
    BOOST_TEST(match("/(?:a)", "/ab") == Strings{"no"});
}

BOOST_AUTO_TEST_CASE(each_alternative_is_anchored_at_both_ends) {
    BOOST_TEST(match("/a|/b", "/a") == Strings{});
    BOOST_TEST(match("/a|/b", "/b") == Strings{});
    BOOST_TEST(match("/a|/b", "/ab") == Strings{"no"});
    BOOST_TEST(match("/a|/b", "x/b") == Strings{"no"});
}

BOOST_AUTO_TEST_CASE(groups_are_views_into_the_path) {
    const std::string path = "/2012/tea";
    PathGroups groups;
    BOOST_TEST((PathPattern{R"(/(\d+)/([^/]+))"}.match(path, groups)));
    BOOST_TEST(groups.size() == 2U);
    BOOST_TEST(groups[0]->data() == path.data() + 1);
    BOOST_TEST(*groups[1] == "tea");
}

BOOST_AUTO_TEST_CASE(a_group_of_certain_bytes_takes_them) {
    BOOST_TEST(match(R"(/(favicon\.ico))", "/favicon.ico") == Strings{"favicon.ico"});
    for (const auto* const path :
         {"/faviconxico", "/favicon.ico/", "/favicon.ic", "/favicon%2Eico"}) {
        BOOST_TEST(match(R"(/(favicon\.ico))", path) == Strings{"no"});
    }
    BOOST_TEST(
        match("/[0-9]+-(draft)/x([a-z]+)/(y)z", "/12-draft/xab/yz") == (Strings{"draft", "ab", "y"})
    );
    BOOST_TEST(match("/(a)b(cd)([0-9]*)", "/abcd") == (Strings{"a", "cd", ""}));
}

BOOST_AUTO_TEST_CASE(a_dot_takes_any_byte) {
    const std::string path{"/a\nb\0\r\xff", 7};
    for (const auto* const pattern : {"/(.*)", "/(.+)", "/((?:.)*)", "/(.*|x)"}) {
        BOOST_TEST(match(pattern, path) == Strings{path.substr(1)});
    }
    BOOST_TEST(match("/a(.)b", "/a\nb") == Strings{"\n"});
    BOOST_TEST(match("/a(.|x)b", "/a\nb") == Strings{"\n"});
}

BOOST_AUTO_TEST_CASE(an_encoded_slash_does_not_separate) {
    BOOST_TEST(match("/([^/]+)/x", "/a%2Fb/x") == Strings{"a%2Fb"});
    BOOST_TEST(match("/([^/]+)/([^/]+)", "/a%2Fb") == Strings{"no"});
    BOOST_TEST(match("/a/b", "/a%2Fb") == Strings{"no"});
    BOOST_TEST(match("/about", "/%61bout") == Strings{"no"});
}

BOOST_AUTO_TEST_CASE(a_group_that_took_no_part_is_absent_and_an_empty_one_is_not) {
    BOOST_TEST(match("/([0-9]+)?(x)?", "/x") == (Strings{"-", "x"}));
    BOOST_TEST(match("/(a|(b))", "/a") == (Strings{"a", "-"}));
    BOOST_TEST(match("/([^/]*)", "/") == Strings{""});
    BOOST_TEST(match("/(.*)", "/") == Strings{""});
}

BOOST_AUTO_TEST_CASE(more_than_eight_groups) {
    BOOST_TEST(
        match("/(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)?", "/abcdefghi") ==
        (Strings{"a", "b", "c", "d", "e", "f", "g", "h", "i", "-"})
    );
}

BOOST_AUTO_TEST_CASE(groups_are_named_in_either_way) {
    const PathPattern date{"/(?P<year>[0-9]{4})(?:/(?<month>[0-9]{2}))?"};
    BOOST_TEST(date.group_names() == (Strings{"year", "month"}));
    BOOST_TEST(match(date, "/2012/11") == (Strings{"2012", "11"}));
    BOOST_TEST(match(date, "/2012") == (Strings{"2012", "-"}));
    BOOST_TEST(PathPattern{"/([0-9]+)"}.group_names().empty());
    BOOST_TEST(match("/(?P<word>[a-z]+)/(?P=word)", "/tea/tea") == Strings{"tea"});
    BOOST_TEST(match("/(?P<word>[a-z]+)/(?P=word)", "/tea/pot") == Strings{"no"});
}

BOOST_AUTO_TEST_CASE(named_and_positional_groups_do_not_mix) {
    BOOST_TEST(
        refusal("/(?P<year>[0-9]+)/([0-9]+)") ==
        "The pattern /(?P<year>[0-9]+)/([0-9]+) mixes named groups with positional ones"
    );
    BOOST_TEST(refusal("/([0-9]+)/(?<year>[0-9]+)") != "accepted");
    BOOST_TEST(refusal("/(?P<year>[0-9]+)/(?:[0-9]+)") == "accepted");
}

const std::string wrong[] = {
    "/(",
    "/)",
    "/[a",
    "/a**",
    "/(?P<a>x)(?P<a>y)",
    "/(?P<>x)",
    "/(?P<1a>x)",
    "/(?P<a",

    "/x{3,2}",
    "/\\"};

BOOST_DATA_TEST_CASE(what_is_no_regular_expression_is_refused, data::make(wrong), pattern) {
    const auto sentence = refusal(pattern);
    BOOST_TEST(sentence.find(pattern) != sentence.npos, sentence);
}

BOOST_AUTO_TEST_CASE(knows_which_groups_are_optional) {
    const std::map<std::string, std::vector<bool>> expected{
        {"/([^/]*)", {false}},
        {"/(a)?/(b)*/(c)+", {true, true, false}},
        {"/(a){0,2}(b){1,2}(c){0}", {true, false, true}},
        {"/(?:(a)/(b))?(c)", {true, true, false}},
        {"/((a)|(b))", {false, true, true}},
        {"/(a)|/(b)", {true, true}},
        {"/(?!(a))(b)(?=(c))c", {true, false, false}},
        {R"(/\((a)[(?](b)\?)", {false, false}},
        {"/(a)(?#(b?)", {false}},
        {"/(?P<x>a)?(?P<y>b)", {true, false}}};
    for (const auto& [text, optional] : expected) {
        const PathPattern pattern{text};
        BOOST_TEST(pattern.group_count() == optional.size(), text);
        for (std::size_t i = 0; i < optional.size(); ++i) {
            BOOST_TEST(pattern.group_is_optional(i) == optional[i], text << ", group " << i);
        }
    }
}

BOOST_AUTO_TEST_CASE(escapes_mean_what_they_mean_in_python) {
    BOOST_TEST(match(R"(/\<a\>\'\`(?:b))", "/<a>'`b") == Strings{});
    BOOST_TEST(match(R"(/\<a\>\'\`b)", "/<a>'`b") == Strings{});
}

BOOST_AUTO_TEST_CASE(reverse_undoes_a_match) {
    BOOST_TEST(PathPattern{R"(/favicon\.ico)"}.reverse({}) == "/favicon.ico");
    BOOST_TEST(PathPattern{R"(^/favicon\.ico$)"}.reverse({}) == "/favicon.ico");
    BOOST_TEST(PathPattern{R"(^/api/v1/foo/(\w+)$)"}.reverse(Strings{"bar"}) == "/api/v1/foo/bar");
    BOOST_TEST(
        PathPattern{R"(/api\.v1/foo/([0-9]+)/icon\.png)"}.reverse(Strings{"5"}) ==
        "/api.v1/foo/5/icon.png"
    );
    BOOST_TEST(PathPattern{"/(?P<a>x|y)/(?P<b>z)?"}.reverse(Strings{"x", "z"}) == "/x/z");
    BOOST_TEST(PathPattern{"/foo/?"}.reverse({}) == "/foo/");
    BOOST_TEST(PathPattern{"/a.txt"}.reverse({}) == "/a.txt");
    BOOST_TEST(PathPattern{R"(/(a\.txt))"}.reverse(Strings{"b.txt"}) == "/b.txt");
}

BOOST_AUTO_TEST_CASE(reverse_percent_encodes_all_but_slashes) {
    const PathPattern pattern{"/files/(.*)"};
    BOOST_TEST(pattern.reverse(Strings{"a b/c?d%\xC3\xA9"}) == "/files/a%20b/c%3Fd%25%C3%A9");
    BOOST_TEST(pattern.reverse(Strings{""}) == "/files/");
}

const std::string irreversible[] = {
    R"(^/api/v\d+/foo/(\w+)$)",
    "/((a)|(b))",
    "/a|/b",
    "/(?:a)",
    "/[ab]",
    "/a{2}",
    "/.*",
    R"(/\bx)"};

BOOST_DATA_TEST_CASE(reverse_needs_literal_text_around_groups, data::make(irreversible), text) {
    const PathPattern pattern{text};
    BOOST_TEST(!pattern.is_reversible());
    const auto sentence = reverse_refusal(text, Strings(pattern.group_count(), "x"));
    BOOST_TEST(sentence.find(text + " cannot be reversed") != sentence.npos, sentence);
}

BOOST_AUTO_TEST_CASE(reverse_counts_its_values) {
    BOOST_TEST(
        reverse_refusal("/([0-9]+)/([0-9]+)", {"1"}) ==
        "The pattern /([0-9]+)/([0-9]+) has 2 groups, but got 1 values"
    );
    BOOST_TEST(reverse_refusal("/about", {"1"}) != "accepted");
}

BOOST_AUTO_TEST_CASE(a_pattern_too_complex_for_a_path_does_not_match_and_is_logged) {
    const PathPattern pattern{"/((a+)+)+b"};
    BOOST_TEST(match(pattern, "/aab") == (Strings{"aa", "aa"}));
    const DebugLogCapture logged;
    BOOST_TEST(match(pattern, "/" + std::string(5'000, 'a')) == Strings{"no"});
    BOOST_TEST(logged.count("Gave up matching 5001 bytes against the pattern /((a+)+)+b") == 1);
}

BOOST_AUTO_TEST_CASE(a_shape_takes_any_length_in_linear_time) {
    const std::string word(1'000'000, 'a');
    BOOST_TEST(
        match(R"(/(\w+)-(\w+)/([^/]*)x)", "/" + word + "-" + word + "/" + word) == Strings{"no"}
    );
}

BOOST_AUTO_TEST_CASE(shapes_agree_with_boost_regex) {
    RandomRoutes random{20260713};
    std::map<Kind, int> patterns;
    int matches = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto text = random.pattern();
        boost::regex oracle;
        try {
            oracle.assign(text);
        } catch (const boost::regex_error&) {
            BOOST_REQUIRE_THROW(PathPattern{text}, std::invalid_argument);
            continue;
        }
        const PathPattern pattern{text};
        ++patterns[pattern.kind()];
        for (int j = 0; j < 20; ++j) {
            const auto path = random.path();
            boost::smatch found;
            Strings expected{"no"};
            if (boost::regex_match(path, found, oracle)) {
                ++matches;
                expected.clear();
                for (std::size_t k = 1; k < found.size(); ++k) {
                    const auto& group = found[static_cast<int>(k)];
                    expected.push_back(group.matched ? group.str() : "-");
                }
            }
            if (match(pattern, path) != expected) {
                BOOST_ERROR(text + " disagrees about " + path);
            }
        }
    }
    BOOST_TEST(patterns[Kind::literal] > 1'000);
    BOOST_TEST(patterns[Kind::shape] > 3'000);
    BOOST_TEST(patterns[Kind::regex] > 3'000);
    BOOST_TEST(matches > 5'000);
}

BOOST_AUTO_TEST_SUITE_END()
