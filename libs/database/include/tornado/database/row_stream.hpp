#pragma once

#include <memory>
#include <optional>

#include "tornado/concurrent/future.hpp"
#include "tornado/database/row.hpp"

namespace tornado::database {

class StreamState;

/// The rows of a query as they come, for results of any size: what iter() returns.
///
/// It reads ahead a little, and then waits for its reader; meanwhile it has a connection for
/// itself. ConnectionOptions::query_timeout limits how long the rows may take that are read next,
/// and not the whole; ioloop::must_end_by, where iter() was called, limits the whole.
///
/// Ownership: moves, never copies; its end ends the query, and nothing else: a transaction goes on.
/// (Of what a query with RETURNING has done that is left half-way, some or all may be undone.) It
/// must not outlive the Connection's loop. Cancellation: a cancelled next() loses no row.
///
///     auto rows = db.iter("SELECT * FROM story");
///     while (true) {
///         const auto row = co_await rows.next();
///         if (!row) { break; }
///     }
class RowStream {
public:
    explicit RowStream(std::shared_ptr<StreamState> state) noexcept;
    RowStream(RowStream&&) noexcept = default;
    RowStream& operator=(RowStream&& other) noexcept;
    ~RowStream();

    /// The next row; nullopt at the end. Throws what the query fails with, and std::logic_error
    /// while another next() waits, or after close().
    [[nodiscard]] Future<std::optional<Row>> next();
    /// Some rows at once, at least one; none at the end. As next().
    [[nodiscard]] Future<Rows> next_rows();
    /// Ends the query; harmless at its end.
    void close() noexcept;

private:
    std::shared_ptr<StreamState> state_;
};

}  // namespace tornado::database
