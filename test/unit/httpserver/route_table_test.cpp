#include <tornado/httpserver/route_table.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "random_routes.hpp"

namespace {

using namespace tornado::routing;
using Strings = std::vector<std::string>;

Strings texts(const PathGroups& groups) {
    Strings result;
    for (const auto& group : groups) {
        result.emplace_back(group.value_or("-"));
    }
    return result;
}

RouteTable make_table(const Strings& patterns) {
    RouteTable table;
    for (const auto& pattern : patterns) {
        table.add(PathPattern{pattern});
    }
    return table;
}

/// What RouteTable::find() promises.
std::size_t
scan(const RouteTable& table, std::string_view path, PathGroups& groups, std::size_t from) {
    for (auto i = from; i < table.size(); ++i) {
        if (table[i].match(path, groups)) {
            return i;
        }
    }
    groups.clear();
    return RouteTable::npos;
}

/// A random pattern that is a regular expression.
PathPattern usable(RandomRoutes& random) {
    for (;;) {
        try {
            return PathPattern{random.pattern()};
        } catch (const std::invalid_argument&) {
            continue;  // "++" and the like behind a quantifier
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(route_table)

BOOST_AUTO_TEST_CASE(add_counts_from_zero) {
    RouteTable table;
    BOOST_TEST(table.add(PathPattern{"/a"}) == 0U);
    BOOST_TEST(table.add(PathPattern{"/([a-z]+)"}) == 1U);
    BOOST_TEST(table.add(PathPattern{"/(a|b)"}) == 2U);
    BOOST_TEST(table.size() == 3U);
    BOOST_TEST(table[1].text() == "/([a-z]+)");
}

BOOST_AUTO_TEST_CASE(an_empty_table_finds_nothing) {
    PathGroups groups;
    groups.push_back("left over");
    BOOST_TEST(RouteTable{}.find("/", groups) == RouteTable::npos);
    BOOST_TEST(groups.empty());
}

BOOST_AUTO_TEST_CASE(find_takes_the_first_of_any_kind) {
    const Strings kinds[] = {
        {"/tea", "/([a-z]+)", "/(tea|pot)"},
        {"/tea", "/(tea|pot)", "/([a-z]+)"},
        {"/([a-z]+)", "/tea", "/(tea|pot)"},
        {"/([a-z]+)", "/(tea|pot)", "/tea"},
        {"/(tea|pot)", "/tea", "/([a-z]+)"},
        {"/(tea|pot)", "/([a-z]+)", "/tea"}};
    for (const auto& patterns : kinds) {
        const auto table = make_table(patterns);
        for (std::size_t from = 0; from < 3; ++from) {
            PathGroups groups;
            BOOST_TEST(table.find("/tea", groups, from) == from);
            BOOST_TEST(texts(groups) == (patterns[from] == "/tea" ? Strings{} : Strings{"tea"}));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_quantifier_behind_a_comment_is_not_overlooked) {
    const auto table = make_table({"/a/b(?#any number of them)*"});
    for (const auto* const path : {"/a/", "/a/b", "/a/bb"}) {
        PathGroups groups;
        BOOST_TEST(table.find(path, groups) == 0U);
    }
}

BOOST_AUTO_TEST_CASE(find_goes_on_behind_a_match) {
    const auto table = make_table({"/a", "/b", "/a", "/([a-z])", "/b", "/a"});
    PathGroups groups;
    BOOST_TEST(table.find("/a", groups, 1) == 2U);
    BOOST_TEST(table.find("/a", groups, 3) == 3U);
    BOOST_TEST(table.find("/a", groups, 4) == 5U);
    BOOST_TEST(table.find("/a", groups, 6) == RouteTable::npos);
    BOOST_TEST(groups.empty());
    BOOST_TEST(table.find("/a", groups, RouteTable::npos) == RouteTable::npos);
}

BOOST_AUTO_TEST_CASE(an_earlier_shape_on_another_branch_wins) {
    const auto table = make_table({"/([a-z]+)/edit", "/tea/([a-z]+)"});
    PathGroups groups;
    BOOST_TEST(table.find("/tea/edit", groups) == 0U);
    BOOST_TEST(texts(groups) == Strings{"tea"});
    BOOST_TEST(table.find("/tea/drink", groups) == 1U);
    BOOST_TEST(texts(groups) == Strings{"drink"});
}

BOOST_AUTO_TEST_CASE(groups_of_certain_bytes_share_their_way_with_other_texts) {
    const auto table = make_table(
        {R"(/(favicon\.ico))",
         "/favicons",
         R"(/(fav)icon\.ico)",
         "/([a-z]+)-(x)/(y)",
         "/a-(x/)y",
         "/(a-x)/y"}
    );
    PathGroups groups;
    BOOST_TEST(table.find("/favicon.ico", groups) == 0U);
    BOOST_TEST(texts(groups) == Strings{"favicon.ico"});
    BOOST_TEST(table.find("/favicon.ico", groups, 1) == 2U);
    BOOST_TEST(texts(groups) == Strings{"fav"});
    BOOST_TEST(table.find("/favicons", groups) == 1U);
    BOOST_TEST(groups.empty());
    BOOST_TEST(table.find("/a-x/y", groups) == 3U);
    BOOST_TEST(texts(groups) == (Strings{"a", "x", "y"}));
    BOOST_TEST(table.find("/a-x/y", groups, 4) == 4U);
    BOOST_TEST(texts(groups) == Strings{"x/"});
    BOOST_TEST(table.find("/a-x/y", groups, 5) == 5U);
    BOOST_TEST(texts(groups) == Strings{"a-x"});
    BOOST_TEST(table.find("/favicon", groups) == RouteTable::npos);
}

BOOST_AUTO_TEST_CASE(a_moved_table_finds_the_same) {
    auto table = make_table({"/(a|b)", "/x", "/([x-z])"});
    const auto moved = std::move(table);
    PathGroups groups;
    BOOST_TEST(moved.find("/b", groups) == 0U);
    BOOST_TEST(moved.find("/x", groups) == 1U);
    BOOST_TEST(moved.find("/z", groups) == 2U);
}

BOOST_AUTO_TEST_CASE(finds_what_a_scan_finds) {
    RandomRoutes random{20260714};
    int found = 0;
    for (int round = 0; round < 300; ++round) {
        RouteTable table;
        for (auto size = 1 + random.below(60); size > 0; --size) {
            table.add(random.below(3) == 0 ? PathPattern{random.literal()} : usable(random));
        }
        for (int i = 0; i < 200; ++i) {
            const auto path = random.below(4) == 0 ? random.literal() : random.path();
            const auto from = random.below(2) == 0 ? 0 : random.below(table.size() + 1);
            PathGroups expected;
            PathGroups actual;
            const auto index = scan(table, path, expected, from);
            found += index != RouteTable::npos ? 1 : 0;
            if (table.find(path, actual, from) != index || texts(actual) != texts(expected)) {
                BOOST_ERROR(path + " should be found at " + std::to_string(index));
            }
        }
    }
    BOOST_TEST(found > 20'000);
}

BOOST_AUTO_TEST_SUITE_END()
