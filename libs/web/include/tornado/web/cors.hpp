#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/util/unique_function.hpp"
#include "tornado/web/middleware.hpp"

namespace tornado::web {

/// Whom CORS lets in, and what they may do.
struct CORSOptions {
    /// Whether requests may come with cookies and HTTP authentication, and their responses be read.
    /// Then nothing else may be "*".
    bool allow_credentials = false;
    std::vector<std::string> allow_headers = {};  ///< that requests may have beyond the simple
                                                  ///< ones; or "*", which leaves out Authorization
    std::vector<std::string> allow_methods = {"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"};
    /// Says of an origin that `allow_origins` does not name whether it is let in: of "null" too,
    /// which anybody can have.
    util::UniqueFunction<bool(std::string_view origin)> allow_origin = {};
    /// "https://example.com", without a path and without a default port; or "*".
    std::vector<std::string> allow_origins = {};
    std::vector<std::string> expose_headers = {};  ///< of responses that scripts may read
    std::chrono::seconds max_age{600};  ///< how long browsers may keep what a preflight tells them
};

/// A middleware that lets pages of other origins use what an application serves (Fetch, 3.2).
///
/// Preflights are answered with 204, whatever the route's handler serves, or with 403 when the
/// origin is not let in. All other requests go to their handlers: what keeps a page of another
/// origin from reading a response is its browser. Error pages have the headers too. Unless all
/// origins are let in, responses say `Vary: Origin`. What a FallbackHandler hands on has the CORS
/// of whom it goes to: middleware does not reach that response.
///
///     application.use(web::CORS{{.allow_credentials = true,
///                                .allow_origins = {"https://app.example.com"}}});
class CORS {
public:
    /// Throws std::invalid_argument for options that let nobody in, that contradict each other, or
    /// hold what can be no origin, method or header.
    explicit CORS(CORSOptions options);
    Future<void> operator()(RequestHandler& handler, const Next& next) const;

private:
    struct Policy;
    std::shared_ptr<const Policy> policy_;
};

}  // namespace tornado::web
