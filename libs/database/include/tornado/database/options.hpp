#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace tornado::database {

/// How a Connection behaves. Fields in alphabetical order.
struct ConnectionOptions {
    /// How long a query waits for a connection, while all are busy or the server is away.
    std::chrono::milliseconds acquire_timeout{10'000};
    /// How long one attempt to connect may take.
    std::chrono::milliseconds connect_timeout{10'000};
    /// The pause after the first attempt to connect that fails. It doubles from one to the next, up
    /// to max_delay; each is cut by up to a half, at random.
    std::chrono::milliseconds first_delay{50};
    std::chrono::milliseconds max_delay{2'000};
    /// A connection that nobody has used for so long is closed: servers do so after 8 hours.
    std::chrono::seconds max_idle_time{std::chrono::hours{7}};
    /// The most that a result which is not read by iter() may hold, in bytes.
    std::size_t max_result_size = 100 * 1024 * 1024;
    /// The most queries that wait for a connection.
    std::size_t max_waiting = 10'000;
    /// The most queries under way on one connection, where the database can do that.
    std::size_t pipeline = 16;
    /// How long a query may take from the moment it is asked. It is cancelled, in the server too,
    /// and fails with ioloop::TimeoutError. As long as it likes unless set. ioloop::must_end_by
    /// limits it as well. Of iter() so long may take the first rows, and again what comes after
    /// the rows before; while its reader has rows enough, the time stands still.
    std::optional<std::chrono::milliseconds> query_timeout;
    /// The most connections to the server; they are opened as they are needed.
    std::size_t size = 4;
    /// How many prepared statements each connection keeps. With 0 PostgreSQL keeps none, and each
    /// query is sent whole, as poolers want it that change its connection between transactions
    /// (PgBouncer); with the others 0 is as 1.
    std::size_t statement_cache = 128;
};

}  // namespace tornado::database
