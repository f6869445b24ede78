#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/httpserver/matchers.hpp"
#include "tornado/httpserver/router.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::routing {

/// What can be called with a whole request, or with a request and its path's arguments.
template <typename F>
concept RequestCallback = std::invocable<F&, httputil::HTTPServerRequest&> ||
    std::invocable<F&, httputil::HTTPServerRequest&, const TargetParams&>;

/// Where a rule sends its requests: a router, another delegate of connections, or a callback.
///
/// A callback is called once the body is there. It may return a Future; request and exchange then
/// stay until that is done. What it throws is logged and answered with a plain 500, or, if the
/// response has begun, by breaking it off. A form in the body is read before; one that is malformed
/// gets a plain 400.
///
/// Ownership: copies share what they own. A delegate given by reference is the caller's and must
/// outlive it. Thread safety: that of what it stands for.
class RuleTarget {
public:
    using Callback =
        util::UniqueFunction<Future<void>(httputil::HTTPServerRequest&, const TargetParams&)>;

    RuleTarget(httputil::HTTPServerConnectionDelegate& delegate);
    /// Throws std::invalid_argument when it is null.
    template <std::derived_from<httputil::HTTPServerConnectionDelegate> D>
    RuleTarget(std::shared_ptr<D> delegate) : delegate_{checked(std::move(delegate))} {}
    template <RequestCallback F>
    requires(!std::is_base_of_v<httputil::HTTPServerConnectionDelegate, std::decay_t<F>>)
        RuleTarget(F callback)
        : callback_{std::make_shared<Callback>([callback = std::move(callback
                                                )](httputil::HTTPServerRequest& request,
                                                   const TargetParams& params) mutable {
              return call(callback, request, params);
          })} {}

    /// The delegate for one request, or null when a router has none.
    [[nodiscard]] std::unique_ptr<httputil::HTTPMessageDelegate>
    make_delegate(httputil::HTTPServerRequest& request, const TargetParams& params) const;

    /// The target as one whose routes have names, or null when it is none.
    [[nodiscard]] const NamedRoutes* named_routes() const noexcept;

private:
    using SharedDelegate = std::shared_ptr<httputil::HTTPServerConnectionDelegate>;

    static SharedDelegate checked(SharedDelegate delegate);

    template <typename F>
    static Future<void>
    call(F& callback, httputil::HTTPServerRequest& request, const TargetParams& params) {
        const auto invoke = [&]() -> decltype(auto) {
            if constexpr (std::invocable<F&, httputil::HTTPServerRequest&, const TargetParams&>) {
                return callback(request, params);
            } else {
                return callback(request);
            }
        };
        if constexpr (std::is_same_v<decltype(invoke()), Future<void>>) {
            return invoke();
        } else {
            static_assert(
                std::is_void_v<decltype(invoke())>, "a callback returns void or Future<void>"
            );
            invoke();
            return Future<void>::ready();
        }
    }

    SharedDelegate delegate_;
    std::shared_ptr<Callback> callback_;
};

/// A matcher, where the requests that it matches go, and a name for reverse_url().
///
/// Ownership: copies share the matcher and the target.
/// Mirrors `tornado.routing.Rule`.
class Rule {
public:
    /// For paths. Throws as PathPattern does.
    Rule(std::string_view pattern, RuleTarget target, std::string name = {})
        : Rule{PathMatches{pattern}, std::move(target), std::move(name)} {}
    template <std::derived_from<Matcher> M>
    Rule(M matcher, RuleTarget target, std::string name = {})
        : matcher_{std::make_shared<const M>(std::move(matcher))},
          target_{std::move(target)},
          name_{std::move(name)} {}

    [[nodiscard]] const Matcher& matcher() const noexcept { return *matcher_; }
    [[nodiscard]] const RuleTarget& target() const noexcept { return target_; }
    /// Empty when it has none.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::optional<std::string> reverse(std::span<const std::string> values) const {
        return matcher_->reverse(values);
    }

private:
    std::shared_ptr<const Matcher> matcher_;
    RuleTarget target_;
    std::string name_;
};

/// A rule for the paths that match a pattern.
/// Mirrors `tornado.routing.URLSpec`; web::url() makes those whose target is a request handler.
class URLSpec : public Rule {
public:
    /// Throws as PathPattern does.
    URLSpec(std::string_view pattern, RuleTarget target, std::string name = {})
        : Rule{pattern, std::move(target), std::move(name)} {}

    [[nodiscard]] const PathPattern& pattern() const noexcept {
        return static_cast<const PathMatches&>(matcher()).pattern();
    }
};

}  // namespace tornado::routing
