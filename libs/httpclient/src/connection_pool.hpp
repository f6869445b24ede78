#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tornado/http1connection/client_connection.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::httpclient {

class ConnectionPool;
class KeptConnection;

class PoolWaiter;

/// The connections that lead to one place.
struct KeptOrigin {
    std::vector<KeptConnection*> idle;  ///< the last is the newest
    std::deque<PoolWaiter*> waiting;    ///< the first waits for longest
    std::size_t open = 0;               ///< idle ones, and those that are being made, among them
    bool waking = false;                ///< those that wait will soon be told
};

/// Waits for a connection, where there are as many as there may be.
class PoolWaiter {
public:
    /// There may be one now. It is waiting no more.
    virtual void connection_may_be_had() noexcept = 0;

protected:
    ~PoolWaiter() = default;

private:
    friend class ConnectionPool;
    std::pair<const std::string, KeptOrigin>* place_ = nullptr;  ///< null: it does not wait
};

/// The right to one connection to a place. The pool must outlive it.
class ConnectionSlot {
public:
    using Place = std::pair<const std::string, KeptOrigin>;

    ConnectionSlot(ConnectionPool& pool, Place& place) noexcept : pool_{&pool}, place_{&place} {
        ++place.second.open;
    }
    ConnectionSlot(ConnectionSlot&& other) noexcept
        : pool_{std::exchange(other.pool_, nullptr)},
          place_{other.place_} {}
    ConnectionSlot& operator=(ConnectionSlot&& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(place_, other.place_);
        return *this;
    }
    ~ConnectionSlot();

    [[nodiscard]] Place& place() const noexcept { return *place_; }

private:
    ConnectionPool* pool_;
    Place* place_;
};

/// A connection, and what its pool knows of it.
///
/// Ownership: of whoever uses it, or of the pool while it is idle. The pool must outlive it.
class KeptConnection : private ioloop::Deadline {
public:
    KeptConnection(
        ConnectionPool& pool,
        ConnectionSlot slot,
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
    ConnectionSlot slot_;
    http1connection::ClientConnectionRef connection_;
    bool used_before_ = false;
    bool idle_ = false;
    ioloop::TimePoint last_heard_;  ///< when its last response came
    ioloop::DeadlineWheel::Tick idle_since_ = 0;
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
        std::size_t most_open_per_key;  ///< 0: no limit
    };

    ConnectionPool(ioloop::IOLoop& loop, Limits limits)
        : loop_{loop},
          wheel_{loop.deadlines()},
          limits_{limits} {}
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;
    ~ConnectionPool() {
        *self_ = nullptr;
        close();
    }

    /// The one that became idle last, or null: there is none, or others wait. Those that have
    /// ended, or have spoken out of turn, before the loop could say so are dropped.
    [[nodiscard]] std::unique_ptr<KeptConnection> take(std::string_view key, ioloop::TimePoint now);
    /// The right to make another one; nothing when there are as many as may be in use, or others
    /// wait.
    [[nodiscard]] std::optional<ConnectionSlot> reserve(std::string_view key);
    /// A new connection, in use.
    [[nodiscard]] std::unique_ptr<KeptConnection>
    adopt(ConnectionSlot slot, http1connection::ClientConnectionRef connection);
    /// After reserve() has given nothing.
    void wait(std::string_view key, PoolWaiter& waiter);
    void leave(PoolWaiter& waiter) noexcept;
    /// The connection's exchange, whose response came at `heard`, is over. It is kept if it can be.
    void give_back(std::unique_ptr<KeptConnection> connection, ioloop::TimePoint heard) noexcept;
    /// Closes all idle ones.
    void close() noexcept;

    [[nodiscard]] std::size_t idle_count() const noexcept { return idle_count_; }

private:
    friend class KeptConnection;
    friend class ConnectionSlot;

    using Place = ConnectionSlot::Place;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept {
            return std::hash<std::string_view>{}(key);
        }
    };
    [[nodiscard]] bool has_room(const KeptOrigin& origin) const noexcept {
        return limits_.most_open_per_key == 0 || origin.open < limits_.most_open_per_key;
    }
    [[nodiscard]] bool are_others_first(const KeptOrigin& origin) const noexcept {
        return !origin.waiting.empty() && !serving_;
    }
    [[nodiscard]] Place* find(std::string_view key);
    Place& place_of(std::string_view key);
    void wake(Place& place) noexcept;
    void serve(const std::string& key) noexcept;
    void forget_if_unused(Place& place) noexcept;
    void end_if_unused(KeptConnection& connection) noexcept;
    void drop(KeptConnection& connection) noexcept;
    std::unique_ptr<KeptConnection> unlink(KeptConnection& connection) noexcept;

    ioloop::IOLoop& loop_;
    ioloop::DeadlineWheel& wheel_;
    Limits limits_;
    std::unordered_map<std::string, KeptOrigin, Hash, std::equal_to<>> origins_;
    Place* last_found_ = nullptr;  ///< most who come want to go where the last one went
    KeptConnection* oldest_ = nullptr;
    KeptConnection* newest_ = nullptr;
    std::size_t idle_count_ = 0;
    bool serving_ = false;
    std::shared_ptr<ConnectionPool*> self_ = std::make_shared<ConnectionPool*>(this);
};

}  // namespace tornado::httpclient
