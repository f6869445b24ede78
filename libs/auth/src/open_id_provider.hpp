#pragma once

#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>

#include "provider_client.hpp"
#include "provider_metadata.hpp"
#include "tornado/auth/claims.hpp"
#include "tornado/auth/open_id_connect.hpp"
#include "tornado/ioloop.hpp"

namespace tornado::auth {

/// Something that a provider is asked for once for all who want it, and again when it is old.
template <typename T>
class Cached {
public:
    using Value = std::shared_ptr<const T>;

    /// The value; `fetch()` makes a new one if there is none, or it is older than `lifetime`.
    template <typename Fetch>
    Future<Value> get(Fetch fetch, ioloop::Duration lifetime) {
        const auto now = ioloop::IOLoop::current().time();
        if (value_ != nullptr && now - fetched_ < lifetime) {
            co_return value_;
        }
        if (!fetching_) {
            fetching_ = fetch();
        }
        const auto fetching = *fetching_;
        try {
            auto value = co_await fetching;
            end_of(fetching);
            value_ = value;
            fetched_ = ioloop::IOLoop::current().time();
            co_return value;
        } catch (...) {
            end_of(fetching);
            throw;
        }
    }

private:
    void end_of(const Future<Value>& fetching) {
        if (fetching.done() && fetching_ && &*fetching_->state() == &*fetching.state()) {
            fetching_.reset();
        }
    }

    Value value_;
    ioloop::TimePoint fetched_;
    std::optional<Future<Value>> fetching_;
};

/// What OpenIDConnect knows of its provider, and asks it.
struct OpenIDConnect::State {
    explicit State(OpenIDConnectOptions its) : options{std::move(its)} {}

    [[nodiscard]] httpclient::AsyncHTTPClient client() const {
        return options.http_client.value_or(httpclient::AsyncHTTPClient{});
    }
    /// Which provider a login belongs to.
    [[nodiscard]] std::string name() const { return options.issuer + " " + options.client_id; }
    [[nodiscard]] ClaimRules rules() const;

    [[nodiscard]] Future<std::shared_ptr<const ProviderMetadata>> metadata();
    [[nodiscard]] Future<std::shared_ptr<const JWKSet>> keys(ioloop::Duration lifetime);
    /// The token, signed by a key of the provider.
    [[nodiscard]] Future<JWS> verified(std::string token);
    /// The claims of an ID token that holds by these rules.
    [[nodiscard]] Future<boost::json::object> id_claims(std::string token, ClaimRules rules);
    /// What the token endpoint gives for these fields.
    [[nodiscard]] Future<Tokens> fetch_tokens(Parameters fields);

    OpenIDConnectOptions options;
    Cached<ProviderMetadata> cached_metadata;
    Cached<JWKSet> cached_keys;
    std::optional<ioloop::TimePoint> refetched;  ///< when keys were asked for out of turn
};

/// The claims that a token's payload is. Throws AuthError{malformed_token}.
[[nodiscard]] boost::json::object claims_of(const JWS& token);

}  // namespace tornado::auth
