#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tornado::pubsub {

/// Where a Redis is, and who one is there.
struct RedisURL {
    std::string host;
    std::uint16_t port = 6379;
    bool tls = false;
    std::string user;      ///< empty: the default one
    std::string password;  ///< empty: none is asked for
    unsigned database = 0;

    /// For the log: without the password.
    [[nodiscard]] std::string to_string() const;
};

/// Reads `redis://[[user]:password@]host[:port][/database]`, or `rediss:`. User and password may be
/// percent-encoded. Throws std::invalid_argument with a sentence that does not show the password.
[[nodiscard]] RedisURL parse_redis_url(std::string_view text);

}  // namespace tornado::pubsub
