#include "tornado/httpserver/matchers.hpp"

#include "tornado/escape/url.hpp"

namespace tornado::routing {

std::optional<std::string> Matcher::reverse(std::span<const std::string>) const {
    return std::nullopt;
}

std::optional<PathArguments> AnyMatches::match(const httputil::HTTPServerRequest&) const {
    return PathArguments{};
}

std::optional<PathArguments> HostMatches::match(const httputil::HTTPServerRequest& request) const {
    PathGroups groups;
    if (!pattern_.match(request.host_name(), groups)) {
        return std::nullopt;
    }
    return PathArguments{};
}

DefaultHostMatches::DefaultHostMatches(std::string_view default_host, std::string_view pattern) {
    PathGroups groups;
    matches_ = PathPattern{pattern}.match(default_host, groups);
}

std::optional<PathArguments> DefaultHostMatches::match(const httputil::HTTPServerRequest& request
) const {
    return matches_ && !request.headers().contains(httputil::KnownHeader::x_real_ip)
               ? std::optional{PathArguments{}}
               : std::nullopt;
}

std::optional<PathArguments> PathMatches::match(const httputil::HTTPServerRequest& request) const {
    PathGroups groups;
    return pattern_.match(request.path(), groups) ? std::optional{arguments(groups)} : std::nullopt;
}

PathArguments PathMatches::arguments(const PathGroups& groups) const {
    PathArguments arguments;
    const auto& names = pattern_.group_names();
    for (std::size_t i = 0; i < groups.size(); ++i) {
        PathArguments::Value value;
        if (groups[i]) {
            value = escape::url_unescape(*groups[i], false);
        }
        if (names.empty()) {
            arguments.path_args.push_back(std::move(value));
        } else {
            arguments.path_kwargs.emplace_back(names[i], std::move(value));
        }
    }
    return arguments;
}

std::optional<std::string> PathMatches::reverse(std::span<const std::string> values) const {
    return pattern_.reverse(values);
}

}  // namespace tornado::routing
