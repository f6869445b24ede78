#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tornado/httpserver/path_pattern.hpp"
#include "tornado/httpserver/router.hpp"

namespace tornado::routing {

/// A condition on requests.
///
/// Thread safety: those below, any number of threads.
/// Mirrors `tornado.routing.Matcher`.
class Matcher {
public:
    Matcher() = default;
    virtual ~Matcher() = default;

    /// What it took out of the request, or nullopt when it does not match.
    [[nodiscard]] virtual std::optional<TargetParams> match(
        const httputil::HTTPServerRequest& request
    ) const = 0;

    /// The URL that matches with these values, or nullopt when there is no single one.
    [[nodiscard]] virtual std::optional<std::string> reverse(std::span<const std::string> values
    ) const;

protected:
    Matcher(const Matcher&) = default;
    Matcher& operator=(const Matcher&) = default;
};

/// Matches all requests. Mirrors `tornado.routing.AnyMatches`.
class AnyMatches : public Matcher {
public:
    [[nodiscard]] std::optional<TargetParams> match(const httputil::HTTPServerRequest& request
    ) const override;
};

/// Matches requests whose host, in lower case and without its port, matches a regular expression as
/// a whole. Mirrors `tornado.routing.HostMatches`.
class HostMatches : public Matcher {
public:
    /// Throws std::invalid_argument when it is no regular expression.
    explicit HostMatches(std::string_view pattern) : pattern_{pattern} {}

    [[nodiscard]] std::optional<TargetParams> match(const httputil::HTTPServerRequest& request
    ) const override;

private:
    PathPattern pattern_;
};

/// Matches requests if the host that stands in for unknown ones matches a regular expression as a
/// whole; never those that a proxy has passed on, whose X-Real-Ip shows that their host is real.
/// Mirrors `tornado.routing.DefaultHostMatches`.
class DefaultHostMatches : public Matcher {
public:
    /// Throws std::invalid_argument when it is no regular expression.
    DefaultHostMatches(std::string_view default_host, std::string_view pattern);

    [[nodiscard]] std::optional<TargetParams> match(const httputil::HTTPServerRequest& request
    ) const override;

private:
    bool matches_;
};

/// Matches requests whose path matches a pattern, and takes its groups out.
/// Mirrors `tornado.routing.PathMatches`.
class PathMatches : public Matcher {
public:
    /// Throws as PathPattern does.
    explicit PathMatches(std::string_view pattern) : pattern_{pattern} {}

    [[nodiscard]] std::optional<TargetParams> match(const httputil::HTTPServerRequest& request
    ) const override;
    /// Throws as PathPattern::reverse() does.
    [[nodiscard]] std::optional<std::string> reverse(std::span<const std::string> values
    ) const override;

    [[nodiscard]] const PathPattern& pattern() const noexcept { return pattern_; }
    /// What groups that the pattern has found are as arguments: decoded, and with their names.
    [[nodiscard]] TargetParams params(const PathGroups& groups) const;

private:
    PathPattern pattern_;
};

}  // namespace tornado::routing
