#include "tornado/web/cors.hpp"

#include <algorithm>
#include <stdexcept>

#include "tornado/httputil/token.hpp"
#include "tornado/web/application.hpp"
#include "vary.hpp"

namespace tornado::web {

namespace {

using Names = std::vector<std::string>;

bool is_any(const Names& names) {
    return std::find(names.begin(), names.end(), "*") != names.end();
}

std::string joined(const Names& names) {
    std::string list;
    for (const auto& name : names) {
        list.append(list.empty() ? "" : ", ").append(name);
    }
    return list;
}

void check_tokens(const Names& names, const char* option) {
    for (const auto& name : names) {
        if (!httputil::is_token(name)) {
            throw std::invalid_argument{
                std::string{"CORSOptions::"} + option + ": \"" + name + "\" is no name"};
        }
    }
}

/// What browsers would never send cannot be let in: better to say so.
void check_origin(const std::string& origin) {
    const auto fail = [&origin](const char* remedy) {
        throw std::invalid_argument{
            "CORSOptions::allow_origins: \"" + origin + "\" is no origin: " + remedy};
    };
    const auto scheme = origin.find("://");
    if (scheme == origin.npos || scheme == 0) {
        fail("write it as \"https://example.com\"");
    }
    const auto host = std::string_view{origin}.substr(scheme + 3);
    if (host.empty() || host.find_first_of("/?#@* \t\r\n") != host.npos) {
        fail("it has a scheme, a host and maybe a port, and nothing behind");
    }
    if (std::any_of(origin.begin(), origin.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
        fail("browsers send it in lower case");
    }
    if ((origin.starts_with("http://") && host.ends_with(":80")) ||
        (origin.starts_with("https://") && host.ends_with(":443"))) {
        fail("browsers leave out the scheme's default port");
    }
}

void check(const CORSOptions& options) {
    const bool any_origin = is_any(options.allow_origins);
    if (options.allow_origins.empty() && !options.allow_origin) {
        throw std::invalid_argument{
            "CORSOptions let nobody in: name allow_origins, or set allow_origin"};
    }
    if (any_origin && (options.allow_origins.size() > 1 || options.allow_origin)) {
        throw std::invalid_argument{
            "CORSOptions::allow_origins: \"*\" lets everybody in, so name nobody else"};
    }
    if (options.allow_credentials &&
        (any_origin || is_any(options.allow_headers) || is_any(options.allow_methods) ||
         is_any(options.expose_headers))) {
        throw std::invalid_argument{
            "CORSOptions: with allow_credentials nothing can be \"*\", browsers refuse that: name "
            "the origins, methods and headers"};
    }
    if (options.allow_methods.empty()) {
        throw std::invalid_argument{"CORSOptions::allow_methods is empty: name at least one"};
    }
    if (options.max_age.count() < 0) {
        throw std::invalid_argument{"CORSOptions::max_age is negative: 0 means not to keep it"};
    }
    if (!any_origin) {
        std::for_each(options.allow_origins.begin(), options.allow_origins.end(), check_origin);
    }
    check_tokens(options.allow_methods, "allow_methods");
    check_tokens(options.allow_headers, "allow_headers");
    check_tokens(options.expose_headers, "expose_headers");
}

}  // namespace

struct CORS::Policy {
    explicit Policy(CORSOptions options)
        : any_origin{is_any(options.allow_origins)},
          allow_credentials{options.allow_credentials},
          headers{joined(options.allow_headers)},
          methods{joined(options.allow_methods)},
          exposed{joined(options.expose_headers)},
          max_age{std::to_string(options.max_age.count())},
          origins{std::move(options.allow_origins)},
          lets_in{std::move(options.allow_origin)} {}

    [[nodiscard]] bool allows(const std::string& origin) const {
        return std::find(origins.begin(), origins.end(), origin) != origins.end() ||
               (lets_in && lets_in(origin));
    }

    /// The headers that every response to this origin has; `origin` is null when the client named
    /// none, which matters only where not everybody is let in.
    void add_to(RequestHandler& handler, const std::optional<std::string>& origin) const {
        handler.set_header("Access-Control-Allow-Origin", any_origin ? "*" : *origin);
        if (allow_credentials) {
            handler.set_header("Access-Control-Allow-Credentials", "true");
        }
    }

    void answer_preflight(RequestHandler& handler) const {
        handler.set_status(204);
        handler.set_header("Access-Control-Allow-Methods", methods);
        if (!headers.empty()) {
            handler.set_header("Access-Control-Allow-Headers", headers);
        }
        handler.set_header("Access-Control-Max-Age", max_age);
        handler.finish();
    }

    bool any_origin;
    bool allow_credentials;
    std::string headers;
    std::string methods;
    std::string exposed;
    std::string max_age;
    Names origins;
    mutable util::UniqueFunction<bool(std::string_view)> lets_in;
};

CORS::CORS(CORSOptions options) {
    check(options);
    policy_ = std::make_shared<const Policy>(std::move(options));
}

Future<void> CORS::operator()(RequestHandler& handler, const Next& next) const {
    const auto& request = handler.request();
    const auto origin = request.headers().get("Origin");
    // Who lets everybody in says so to everybody: a copy that a browser keeps of an image or a page
    // serves a script later (Fetch, 3.3.5).
    const bool allowed = policy_->any_origin || (origin && policy_->allows(*origin));
    const bool preflight = origin && request.method() == "OPTIONS" &&
                           request.headers().contains("Access-Control-Request-Method");
    handler.before_headers([policy = policy_, origin, allowed, preflight](RequestHandler& its) {
        if (!policy->any_origin) {
            if (const auto vary = with_vary(its.response_headers(), "Origin")) {
                its.set_header("Vary", *vary);
            }
        }
        if (allowed) {
            policy->add_to(its, origin);
            if (!preflight && !policy->exposed.empty()) {
                its.set_header("Access-Control-Expose-Headers", policy->exposed);
            }
        }
    });
    if (!preflight) {
        return next();
    }
    if (!allowed) {
        throw HTTPError{403, "CORS does not let " + *origin + " in"};
    }
    policy_->answer_preflight(handler);
    return Future<void>::ready();
}

}  // namespace tornado::web
