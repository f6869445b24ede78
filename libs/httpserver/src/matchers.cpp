#include "tornado/httpserver/matchers.hpp"

#include "tornado/escape/url.hpp"

namespace tornado::routing {

std::optional<std::string> Matcher::reverse(std::span<const std::string>) const {
    return std::nullopt;
}

std::optional<TargetParams> AnyMatches::match(const httputil::HTTPServerRequest&) const {
    return TargetParams{};
}

std::optional<TargetParams> HostMatches::match(const httputil::HTTPServerRequest& request) const {
    PathGroups groups;
    if (!pattern_.match(request.host_name(), groups)) {
        return std::nullopt;
    }
    return TargetParams{};
}

DefaultHostMatches::DefaultHostMatches(std::string_view default_host, std::string_view pattern) {
    PathGroups groups;
    matches_ = PathPattern{pattern}.match(default_host, groups);
}

std::optional<TargetParams> DefaultHostMatches::match(const httputil::HTTPServerRequest& request
) const {
    return matches_ && !request.headers().contains(httputil::KnownHeader::x_real_ip)
               ? std::optional{TargetParams{}}
               : std::nullopt;
}

std::optional<TargetParams> PathMatches::match(const httputil::HTTPServerRequest& request) const {
    PathGroups groups;
    return pattern_.match(request.path(), groups) ? std::optional{params(groups)} : std::nullopt;
}

TargetParams PathMatches::params(const PathGroups& groups) const {
    TargetParams params;
    const auto& names = pattern_.group_names();
    for (std::size_t i = 0; i < groups.size(); ++i) {
        TargetParams::Value value;
        if (groups[i]) {
            value = escape::url_unescape(*groups[i], false);
        }
        if (names.empty()) {
            params.path_args.push_back(std::move(value));
        } else {
            params.path_kwargs.emplace_back(names[i], std::move(value));
        }
    }
    return params;
}

std::optional<std::string> PathMatches::reverse(std::span<const std::string> values) const {
    return pattern_.reverse(values);
}

}  // namespace tornado::routing
