#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <optional>

#include "lease.hpp"
#include "request.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/database/row.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::database {

/// What iter() shares with its reader: the rows that have come and were not read yet.
class StreamState {
public:
    StreamState() = default;
    StreamState(const StreamState&) = delete;
    StreamState& operator=(const StreamState&) = delete;
    ~StreamState() { close(); }

    /// For a query of the pool: it waits for a connection of its own, and is sent then.
    void wait_for_lease(Pool& pool, std::unique_ptr<Request> request);
    /// Called once, when all rows have come or the reader has left before that; not after an error.
    using AtEnd = util::UniqueFunction<void(bool was_left)>;
    void at_end(AtEnd function) noexcept { at_end_ = std::move(function); }

    [[nodiscard]] static Future<std::optional<Row>> next(std::shared_ptr<StreamState> self);
    [[nodiscard]] static Future<Rows> next_rows(std::shared_ptr<StreamState> self);
    /// Throws std::logic_error for what a reader may not do now.
    void check() const;
    void close() noexcept;
    /// Whether nothing more comes from the database.
    [[nodiscard]] bool ended() const noexcept { return ended_; }

    /// For the request.
    [[nodiscard]] bool take(std::shared_ptr<const Block> block);
    void end(std::exception_ptr error) noexcept;
    /// The query takes too long: gives it up.
    void expire(std::exception_ptr error) noexcept;
    void attach(Request* request) noexcept { request_ = request; }

private:
    static constexpr std::size_t most_blocks = 2;

    static Future<bool> has_rows(std::shared_ptr<StreamState> self);
    void block_is_read();
    void wake() noexcept;

    std::deque<std::shared_ptr<const Block>> blocks_;
    std::size_t next_row_ = 0;  ///< in the first block
    std::optional<Promise<>> reader_;
    std::exception_ptr error_;
    bool reading_ = false;
    bool ended_ = false;
    bool closed_ = false;
    bool paused_ = false;
    Request* request_ = nullptr;       ///< once it has a connection, until it is over
    LeaseRequest* waiting_ = nullptr;  ///< before that
    std::shared_ptr<Pool> pool_;
    std::shared_ptr<Lease> lease_;
    AtEnd at_end_;
};

/// The query of a stream.
class StreamRequest final : public Request {
public:
    StreamRequest(Pool& pool, std::shared_ptr<StreamState> state);
    ~StreamRequest() override;

    bool take(std::shared_ptr<const Block> rows) override;

private:
    void deliver(Outcome outcome) override;
    void reject(std::exception_ptr error) noexcept override;
    void expire(std::exception_ptr error) noexcept override;

    std::weak_ptr<StreamState> state_;
};

}  // namespace tornado::database
