// Any line as a route's pattern, and the bytes behind it as a path: what is matched by a walk along
// the path is matched as Boost.Regex would, and a path made from values leads back to them.
#include <tornado/httpserver/path_pattern.hpp>
#include <tornado/httpserver/route_table.hpp>
#include <tornado/log.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "pattern_groups.hpp"
#include "regex.hpp"
#include "support.hpp"

namespace {

using namespace tornado::routing;

bool same(const PathGroups& a, const PathGroups& b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i] || (a[i] && a[i]->data() != b[i]->data() && !a[i]->empty())) {
            return false;
        }
    }
    return true;
}

std::optional<PathPattern> compile(std::string_view text) {
    try {
        return PathPattern{text};
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

void check_match(const PathPattern& pattern, std::string_view path) {
    PathGroups groups;
    const bool matches = pattern.match(path, groups);
    require(
        groups.size() == (matches ? pattern.group_count() : 0), "there are all groups, or none"
    );
    for (const auto& group : groups) {
        require(
            !group || group->empty() ||
                (group->data() >= path.data() &&
                 group->data() + group->size() <= path.data() + path.size()),
            "groups lie in the path"
        );
    }
    if (pattern.kind() != PathPattern::Kind::regex) {
        PathGroups theirs;
        const Regex regex{scan_groups(pattern.text()).expression};
        require(regex.match(path, theirs) == matches, "a walk matches what Boost.Regex matches");
        require(same(groups, theirs), "and finds the same groups");
    }
    RouteTable table;
    table.add(pattern);
    PathGroups found;
    require((table.find(path, found) == 0) == matches, "so does a table of routes");
    require(same(groups, found), "with the same groups");
}

void check_reverse(const PathPattern& pattern) {
    for (std::size_t i = 0; i < pattern.group_count(); ++i) {
        static_cast<void>(pattern.group_is_optional(i));
    }
    const auto& names = pattern.group_names();
    require(names.empty() || names.size() == pattern.group_count(), "all have names, or none");
    if (!pattern.is_reversible()) {
        return;
    }
    const std::vector<std::string> values(pattern.group_count(), "1");
    const auto path = pattern.reverse(values);
    PathGroups groups;
    if (pattern.kind() == PathPattern::Kind::literal) {
        require(pattern.match(path, groups), "a literal leads to itself");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = [] {
        tornado::log::gen_log().set_level(std::nullopt);  // says which patterns are too complex
        return true;
    }();
    static_cast<void>(quiet);
    const std::string_view input{reinterpret_cast<const char*>(data), size < 400 ? size : 400};
    const auto end = input.find('\n');
    const auto pattern = compile(input.substr(0, end));
    if (pattern) {
        check_match(*pattern, end == input.npos ? std::string_view{} : input.substr(end + 1));
        check_reverse(*pattern);
    }
    return 0;
}
