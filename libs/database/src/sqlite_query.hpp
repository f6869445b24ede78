#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "backend.hpp"
#include "sqlite_settings.hpp"
#include "statement_cache.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tornado::database {

struct CloseSQLite {
    void operator()(sqlite3* handle) const noexcept;
};
struct FinalizeSQLite {
    void operator()(sqlite3_stmt* statement) const noexcept;
};

/// A handle of SQLite with its prepared statements: it does what commands ask.
///
/// Thread safety: one thread at a time; interrupt() from any, while it lives.
class SQLiteHandle {
public:
    /// Takes a block of a stream; returns whether to go on. May block.
    using Sink = std::function<bool(std::shared_ptr<const Block>)>;
    /// Asked while the file is locked by somebody else: whether to try once more, after a while.
    using Busy = std::function<bool(int tries)>;

    /// Asked now and then while a statement runs: whether to give it up. (An interrupt() that comes
    /// just before a statement begins is forgotten.)
    using GivesUp = std::function<bool()>;

    SQLiteHandle(const SQLiteSettings& settings, Busy busy, GivesUp gives_up);

    [[nodiscard]] std::optional<Fault> open();
    /// Does what the command asks; on success fills in `outcome`.
    [[nodiscard]] std::optional<Fault>
    run(const Command& command, const Sink& sink, Outcome& outcome);

    using Clock = std::chrono::steady_clock;
    /// Does the command if that takes but a moment: if it is in memory, was short when it was done
    /// last, and leaves no trace when it is given up half-way because it is not so short this time.
    /// Returns whether it is done, with `fault` if it has failed; otherwise it has not begun. `now`
    /// is the time before, and becomes the time after it.
    [[nodiscard]] bool run_briefly(
        const Command& command,
        Clock::time_point& now,
        Outcome& outcome,
        std::optional<Fault>& fault
    );
    void close() noexcept;
    [[nodiscard]] bool in_transaction() const noexcept;
    void interrupt() noexcept;

private:
    struct Prepared {
        std::unique_ptr<sqlite3_stmt, FinalizeSQLite> statement;
        std::shared_ptr<const Columns> columns;
        int prepared_again = 0;  ///< by SQLite, after a change of the schema
        std::size_t parameters = 0;
        bool plain = false;   ///< SELECT, INSERT and the like: undone as a whole when interrupted
        bool writes = false;  ///< or might
        bool brief = false;   ///< it was short when it was done last
    };
    [[nodiscard]] std::optional<Fault> prepare(const Command& command, Prepared*& prepared);
    [[nodiscard]] bool progresses() noexcept;
    [[nodiscard]] std::optional<Fault> run_once(
        Prepared& prepared,
        const Command& command,
        const Params& params,
        const Sink& sink,
        Outcome& outcome
    );
    [[nodiscard]] std::optional<Fault>
    run_all(Prepared& prepared, const Command& command, const Sink& sink, Outcome& outcome);
    [[nodiscard]] std::optional<Fault> execute(const char* sql);
    [[nodiscard]] std::optional<Fault> set_journal();
    static void refresh_columns(Prepared& prepared);

    const SQLiteSettings& settings_;
    Busy busy_;
    GivesUp gives_up_;
    std::unique_ptr<sqlite3, CloseSQLite> handle_;
    StatementCache<Prepared> cache_;
    bool on_files_ = false;  ///< it has, or had, more than what is in memory
    bool in_haste_ = false;  ///< within run_briefly()
    bool too_long_ = false;  ///< for that
};

}  // namespace tornado::database
