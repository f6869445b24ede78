#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tornado::routing {

/// Routes that have names: a ReversibleRouter, or a web::Application.
class NamedRoutes {
public:
    NamedRoutes() = default;
    NamedRoutes(const NamedRoutes&) = delete;
    NamedRoutes& operator=(const NamedRoutes&) = delete;

    /// The URL of the route `name` with these values for its groups, or nullopt when there is no
    /// such route or it has no URL. Throws as PathPattern::reverse() does.
    [[nodiscard]] virtual std::optional<std::string>
    reverse_url(std::string_view name, std::span<const std::string> values) const = 0;

protected:
    ~NamedRoutes() = default;
};

}  // namespace tornado::routing
