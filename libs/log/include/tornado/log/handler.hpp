#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "tornado/log/record.hpp"

namespace tornado::log {

/// A place where records go.
///
/// Thread safety: emit() may be called from several threads at once. When it throws, the record
/// counts as lost, and stderr is told of the first of several. The handlers here that write say
/// later how many were lost: before the first record that they can write again.
class Handler {
public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    virtual void emit(const Record& record) = 0;

    /// Called, in the thread that logs, for a record that emit() gets later in another thread: the
    /// place to put by, in `record.fields`, what only this thread knows. By default nothing.
    virtual void capture(Record& record) const;

    /// How many records it has lost so far.
    [[nodiscard]] std::uint64_t lost() const noexcept {
        return lost_.load(std::memory_order_relaxed);
    }

protected:
    /// Counts records that were lost, for what emit() does not throw.
    void count_lost(std::uint64_t count = 1) noexcept;
    /// How many of the lost ones nobody has been told of yet.
    [[nodiscard]] std::uint64_t unsaid() const noexcept;
    /// Tells that so many of them have been spoken of.
    void said(std::uint64_t count) noexcept;

private:
    friend void emit_guarded(Handler& handler, const Record& record) noexcept;

    std::atomic<std::uint64_t> lost_{0};
    std::atomic<std::uint64_t> said_{0};
};

/// Gives the record to the handler; what that throws is counted, and reported on stderr.
void emit_guarded(Handler& handler, const Record& record) noexcept;

/// Adds a handler for the records of all loggers. Throws std::invalid_argument when it is null.
///
/// While there is none, records of level warning and above go to stderr, as bare messages.
/// Thread safety: this and the two below, from any thread.
void add_handler(std::shared_ptr<Handler> handler);

/// Removes a handler; one that is not there is ignored. A record already on its way may still reach
/// it.
void remove_handler(const std::shared_ptr<Handler>& handler);

/// The handlers there are, in the order they came.
[[nodiscard]] std::vector<std::shared_ptr<Handler>> handlers();

}  // namespace tornado::log
