#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tornado/httpserver/named_routes.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/httputil/http_server_request.hpp"

namespace tornado::routing {

/// What a matcher took out of a request's path: the values of its groups, percent-decoded to any
/// bytes, or nullopt for a group that took no part. One of the two is empty.
struct TargetParams {
    using Value = std::optional<std::string>;

    std::vector<Value> path_args;                            ///< of positional groups
    std::vector<std::pair<std::string, Value>> path_kwargs;  ///< of named groups
};

/// Decides, once a request's head is there, who handles it. An HTTPServer can serve it.
///
/// A request that it has nobody for is answered with an empty 404.
///
/// Ownership: must outlive the exchanges that it routes.
/// Thread safety: that of find_handler().
/// Mirrors `tornado.routing.Router`.
class Router : public httputil::HTTPServerConnectionDelegate {
public:
    /// Who handles the request, or null. Its headers_received() comes next.
    ///
    /// The request has no body yet; it lives as long as its exchange, as does the delegate. What
    /// this throws is logged and answered with a plain 500.
    virtual std::unique_ptr<httputil::HTTPMessageDelegate>
    find_handler(httputil::HTTPServerRequest& request, const TargetParams& params) = 0;

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override;
};

/// A router whose routes have names.
/// Mirrors `tornado.routing.ReversibleRouter`.
class ReversibleRouter : public virtual Router, public NamedRoutes {};

}  // namespace tornado::routing
