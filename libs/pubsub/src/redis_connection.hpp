#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "redis_url.hpp"
#include "resp.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/iostream/ssl_options.hpp"

namespace tornado::pubsub {

/// A Redis does not do what it should.
class RedisError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// How to connect to a Redis.
struct RedisTarget {
    RedisURL url;
    netutil::SSLContext ssl_context;
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds ping_interval{0};  ///< zero: never
    resp::Limits limits;
};

/// One connection to a Redis, logged in. It speaks version 3 of the protocol, or 2 if the Redis
/// knows no other.
///
/// Ownership: shared with what waits for it. Thread safety: one loop, one thread.
class RedisConnection {
public:
    explicit RedisConnection(iostream::IOStream stream, const RedisTarget& target);

    /// Connects and logs in. Errors: those of TCPClient, RedisError, and TimeoutError when all that
    /// takes longer than connect_timeout. Nobody needs to look at them.
    [[nodiscard]] static Future<std::shared_ptr<RedisConnection>> open(
        std::shared_ptr<const RedisTarget> target
    );

    /// Sends commands. What comes of it shows in read().
    void send(std::string commands);
    /// The next answers and pushes, at least one. Answers to the pings that it sends are left out.
    /// Errors: StreamClosedError, and RedisError for what is no Redis, or one that says nothing.
    [[nodiscard]] static Future<std::vector<resp::Value>> read(std::shared_ptr<RedisConnection> self
    );
    void close() { stream_.close(); }

private:
    [[nodiscard]] static Future<std::shared_ptr<RedisConnection>> connect(
        std::shared_ptr<const RedisTarget> target
    );
    [[nodiscard]] static Future<void>
    log_in(std::shared_ptr<RedisConnection> self, std::shared_ptr<const RedisTarget> target);
    [[nodiscard]] static Future<resp::Value>
    ask(std::shared_ptr<RedisConnection> self, std::string command);
    [[nodiscard]] static Future<std::string> receive(std::shared_ptr<RedisConnection> self);
    void take_values(std::vector<resp::Value>& values);

    iostream::IOStream stream_;
    resp::Parser parser_;
    std::chrono::milliseconds ping_interval_;
};

}  // namespace tornado::pubsub
