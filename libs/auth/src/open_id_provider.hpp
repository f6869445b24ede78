#pragma once

#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "provider_client.hpp"
#include "provider_metadata.hpp"
#include "tornado/auth/claims.hpp"
#include "tornado/auth/open_id_connect.hpp"
#include "tornado/gen.hpp"
#include "tornado/ioloop.hpp"
#include "tornado/ioloop/time_limit.hpp"

namespace tornado::auth {

/// Something that a provider is asked for once for all who want it, and again when it is old.
///
/// It is the fetch that keeps the books, not who waits for it: they may all have been cancelled.
template <typename T>
class Cached {
public:
    using Value = std::shared_ptr<const T>;

    /// The value; `fetch()` makes a new one if there is none, or it is older than `lifetime`, and
    /// nobody is fetching one already. If that fails, or takes long, an old one will do for `grace`
    /// more.
    template <typename Fetch>
    Future<Value> get(Fetch fetch, ioloop::Duration lifetime, ioloop::Duration grace) {
        constexpr std::chrono::seconds patience{1};
        constexpr std::chrono::seconds pause{30};  // after a failure
        const auto now = ioloop::IOLoop::current().time();
        const auto age = now - books_->fetched;
        if (books_->value != nullptr && age < lifetime) {
            return Future<Value>::ready(books_->value);
        }
        if (books_->value == nullptr || age >= lifetime + grace) {
            return fetch_once(fetch, now);
        }
        const bool takes_long = books_->fetching && now - books_->asked >= patience;
        const bool has_failed = books_->failed && now - *books_->failed < pause;
        if (takes_long || has_failed) {
            return Future<Value>::ready(books_->value);
        }
        return or_old(
            gen::with_timeout(patience, fetch_once(fetch, now), gen::quiet_exceptions<AuthError>),
            books_->value
        );
    }

    [[nodiscard]] bool is_fetching() const noexcept { return books_->fetching.has_value(); }
    /// When the fetch began that the value is from.
    [[nodiscard]] ioloop::TimePoint fetched() const noexcept { return books_->fetched; }

private:
    struct Books {
        Value value;
        ioloop::TimePoint fetched;
        ioloop::TimePoint asked;
        std::optional<ioloop::TimePoint> failed;
        std::optional<Future<Value>> fetching;
    };

    template <typename Fetch>
    Future<Value> fetch_once(Fetch& fetch, ioloop::TimePoint now) {
        if (!books_->fetching) {
            books_->asked = now;
            // It is for all who want it: how long the first of them may take is no limit to it.
            const stack_context::StackContext unlimited{
                ioloop::must_end_by, ioloop::TimePoint::max()};
            auto fetching = keep(books_, fetch(), now);
            fetching.ignore();
            if (fetching.done()) {
                return fetching;
            }
            books_->fetching = std::move(fetching);
        }
        return *books_->fetching;
    }

    static Future<Value> or_old(Future<Value> fetch, Value old) {
        try {
            co_return co_await std::move(fetch);
        } catch (const AuthError&) {
        } catch (const gen::TimeoutError&) {
        }
        co_return old;
    }

    static Future<Value>
    keep(std::weak_ptr<Books> its, Future<Value> fetch, ioloop::TimePoint began) {
        try {
            auto value = co_await std::move(fetch);
            if (const auto books = its.lock()) {
                books->fetching.reset();
                books->failed.reset();
                books->value = value;
                books->fetched = began;
            }
            co_return value;
        } catch (...) {
            if (const auto books = its.lock()) {
                books->fetching.reset();
                books->failed = ioloop::IOLoop::current().time();
            }
            throw;
        }
    }

    std::shared_ptr<Books> books_ = std::make_shared<Books>();
};

/// What OpenIDConnect knows of its provider, and asks it.
struct OpenIDConnect::State {
    explicit State(OpenIDConnectOptions its) : options{std::move(its)} {}

    [[nodiscard]] httpclient::AsyncHTTPClient client() const {
        return options.http_client.value_or(httpclient::AsyncHTTPClient{});
    }
    /// Which provider a login belongs to.
    [[nodiscard]] std::string name() const {
        return "openid " + options.issuer + " " + options.client_id;
    }
    [[nodiscard]] ClaimRules rules() const;

    [[nodiscard]] Future<std::shared_ptr<const ProviderMetadata>> metadata();
    [[nodiscard]] Future<std::shared_ptr<const JWKSet>>
    keys(ioloop::Duration lifetime, ioloop::Duration grace);
    /// Whether there may be newer keys than those that are known: some are on their way, or the
    /// provider may be asked again.
    [[nodiscard]] bool may_have_newer_keys() const;
    /// The token, signed by a key of the provider.
    [[nodiscard]] Future<JWS> verified(std::string token);
    /// The claims of an ID token that holds by these rules.
    [[nodiscard]] Future<boost::json::object> id_claims(std::string token, ClaimRules rules);
    /// What the token endpoint gives for these fields. See fetch_grant().
    [[nodiscard]] Future<Tokens> fetch_tokens(Parameters fields, Errc bad_grant);
    [[nodiscard]] Future<void> send_out(web::RequestHandler& handler, LoginRequest login);
    [[nodiscard]] Future<OpenIDUser> refresh(OpenIDUser user);

    OpenIDConnectOptions options;
    Cached<ProviderMetadata> cached_metadata;
    Cached<JWKSet> cached_keys;
    std::optional<ioloop::TimePoint> asked;  ///< when keys were asked for out of turn
};

/// Whether a `typ` is "application/" and `name`: that prefix may be left out (RFC 7515, 4.1.9).
[[nodiscard]] bool is_media_type(std::string_view type, std::string_view name);

/// The claims that a token's payload is. Throws AuthError{malformed_token}.
[[nodiscard]] boost::json::object claims_of(const JWS& token);

}  // namespace tornado::auth
