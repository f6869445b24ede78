#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tornado/http1connection/client_connection.hpp"
#include "tornado/ioloop/deadline.hpp"

namespace tornado::httpclient {

class ConnectionPool;
class KeptConnection;

/// The connections that lead to one place.
struct KeptOrigin {
    std::vector<KeptConnection*> idle;  ///< the last is the newest
    std::size_t open = 0;               ///< idle ones among them
};

/// A connection, and what its pool knows of it.
///
/// Ownership: of whoever uses it, or of the pool while it is idle. The pool must outlive it.
class KeptConnection : private ioloop::Deadline {
public:
    using Place = std::pair<const std::string, KeptOrigin>;

    KeptConnection(
        ConnectionPool& pool,
        Place& place,
        http1connection::ClientConnectionRef connection
    );
    ~KeptConnection();

    [[nodiscard]] http1connection::HTTP1ClientConnection& operator*() const noexcept {
        return *connection_;
    }
    http1connection::HTTP1ClientConnection* operator->() const noexcept {
        return connection_.get();
    }
    /// Whether an exchange has taken place on it before.
    [[nodiscard]] bool used_before() const noexcept { return used_before_; }

private:
    friend class ConnectionPool;

    ConnectionPool& pool_;
    Place& place_;  ///< the pool's
    http1connection::ClientConnectionRef connection_;
    bool used_before_ = false;
    bool idle_ = false;
    KeptConnection* older_ = nullptr;  ///< among the idle ones
    KeptConnection* newer_ = nullptr;
};

/// The connections that wait for another request, by where they lead to.
///
/// Idle ones end when the server ends them or speaks out of turn, after the idle timeout, and, the
/// oldest first, when there are too many.
///
/// Ownership: owns the idle ones. Thread safety: one loop, one thread.
class ConnectionPool {
public:
    struct Limits {
        ioloop::DeadlineWheel::Tick idle_ticks;
        std::size_t most_idle;
        std::size_t most_idle_per_key;
    };

    ConnectionPool(ioloop::DeadlineWheel& wheel, Limits limits) : wheel_{wheel}, limits_{limits} {}
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;
    ~ConnectionPool() { close(); }

    /// The one that became idle last, or null.
    [[nodiscard]] std::unique_ptr<KeptConnection> take(std::string_view key);
    /// A new connection, in use.
    [[nodiscard]] std::unique_ptr<KeptConnection>
    adopt(std::string_view key, http1connection::ClientConnectionRef connection);
    /// The connection's exchange is over. It is kept if it can be.
    void give_back(std::unique_ptr<KeptConnection> connection) noexcept;
    /// Closes all idle ones.
    void close() noexcept;

    [[nodiscard]] std::size_t idle_count() const noexcept { return idle_count_; }

private:
    friend class KeptConnection;

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept {
            return std::hash<std::string_view>{}(key);
        }
    };
    void drop(KeptConnection& connection) noexcept;
    std::unique_ptr<KeptConnection> unlink(KeptConnection& connection) noexcept;

    ioloop::DeadlineWheel& wheel_;
    Limits limits_;
    std::unordered_map<std::string, KeptOrigin, Hash, std::equal_to<>> origins_;
    KeptConnection* oldest_ = nullptr;
    KeptConnection* newest_ = nullptr;
    std::size_t idle_count_ = 0;
};

}  // namespace tornado::httpclient
