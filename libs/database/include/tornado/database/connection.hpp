#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tornado/database/options.hpp"
#include "tornado/database/queries.hpp"
#include "tornado/database/transaction.hpp"

namespace tornado::database {

class Pool;

/// A database: a pool of connections to it, which are opened when they are needed.
///
/// It is named by `sqlite:blog.db`, `sqlite::memory:` (one connection, and gone with it),
/// `postgresql://user:password@host:port/name` or `mysql://user:password@host:port/name`; options
/// follow a question mark, as `name=value&...`. What has escapes in a URL has them here, too.
///
/// A server that goes away fails the queries under way with ConnectionLostError; others wait, for
/// ConnectionOptions::acquire_timeout at most, while the pool tries to connect again, more slowly
/// each time.
///
/// Ownership: cancels what is under way when it goes. It belongs to the loop that was current when
/// it was made, and closes with that. Thread safety: one loop, one thread.
/// Mirrors `tornado.database.Connection`, which is one connection and blocks.
///
///     database::Connection db{"sqlite:blog.db"};
///     const auto row = co_await db.get("SELECT title FROM story WHERE id = ?", 7);
class Connection : public Queries {
public:
    /// Connects to nothing yet. Throws InterfaceError, with a sentence, for a malformed URL, one
    /// whose database this was built without, or no connections at all.
    explicit Connection(std::string_view url, const ConnectionOptions& options = {});
    Connection(Connection&&) noexcept = default;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    /// A transaction with a connection of its own. It waits for that as queries do, and no longer
    /// than ioloop::must_end_by. Cancellation: there is none then.
    [[nodiscard]] Future<Transaction> begin();
    /// Calls `function(transaction)`, a coroutine, and commits when it has returned; the future has
    /// its result. What it throws rolls back, and comes out.
    template <typename F>
    auto transaction(F function) {
        return detail::in_transaction(begin(), std::move(function));
    }

    /// Cancels what is under way and waits, and closes all connections. What is asked later fails
    /// with InterfaceError.
    void close() noexcept;
    /// Closes the connections, each when what is under way on it is over: whoever asks from now on
    /// gets a new one.
    void reconnect();

    /// How many connections are open, and how many queries wait for one.
    [[nodiscard]] std::size_t open_connections() const noexcept;
    [[nodiscard]] std::size_t waiting() const noexcept;
    /// The URL, without the password.
    [[nodiscard]] std::string to_string() const;

private:
    std::shared_ptr<Pool> pool_;
};

}  // namespace tornado::database
