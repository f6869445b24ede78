#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/httpclient/proxy.hpp"
#include "tornado/httputil/http_headers.hpp"

namespace tornado::httpclient {

/// What a server wants to have answered before it serves (RFC 7616, 3.3).
struct DigestChallenge {
    enum class Algorithm : std::uint8_t { md5, sha256, sha512_256 };  ///< the better one is greater
    Algorithm algorithm = Algorithm::md5;
    bool session = false;  ///< "-sess"
    bool quality = false;  ///< it wants qop "auth"; otherwise the older scheme (RFC 2069)
    bool stale = false;    ///< only the nonce of the last answer was wrong
    bool userhash = false;
    bool utf8 = false;
    std::string realm;
    std::string nonce;
    std::optional<std::string> opaque;
};

/// The best Digest challenge among those of all fields `name` (WWW-Authenticate, or
/// Proxy-Authenticate) that can be answered; nothing when there is none.
[[nodiscard]] std::optional<DigestChallenge>
parse_digest_challenge(const httputil::HTTPHeaders& headers, std::string_view name);

/// What an answer is made of, beside the challenge.
struct DigestAnswer {
    std::string_view method = {};
    std::string_view uri = {};
    std::string_view client_nonce = {};
    std::uint32_t count = 1;  ///< of the answers with the challenge's nonce, this one included
};

/// The field value that answers a challenge (RFC 7616, 3.4).
[[nodiscard]] std::string digest_authorization(
    const DigestChallenge& challenge,
    const Credentials& credentials,
    const DigestAnswer& answer
);

/// The challenges of servers and proxies, so that later requests answer them at once.
///
/// Thread safety: none.
class DigestSessions {
public:
    /// The field value for a request; nothing while this server has not challenged. `place` tells
    /// servers apart.
    [[nodiscard]] std::optional<std::string> answer(
        std::string_view place,
        const Credentials& credentials,
        std::string_view method,
        std::string_view uri
    );
    /// A 401 or 407 response has come, after `rounds` others to the same request. Whether it is
    /// worth an answer: the first always, another one only if nothing but the nonce was wrong.
    [[nodiscard]] bool challenged(
        std::string_view place,
        const Credentials& credentials,
        const httputil::HTTPHeaders& headers,
        std::string_view name,
        int rounds
    );

private:
    struct Session {
        std::string place;
        Credentials credentials;
        DigestChallenge challenge;
        std::string client_nonce;
        std::uint32_t count = 0;
    };
    [[nodiscard]] std::list<Session>::iterator
    find(std::string_view place, const Credentials& credentials);

    /// Beyond it the one that was not used for longest is forgotten.
    static constexpr std::size_t most = 64;
    static constexpr int most_rounds = 3;

    std::list<Session> sessions_;  ///< the first was used last
};

}  // namespace tornado::httpclient
