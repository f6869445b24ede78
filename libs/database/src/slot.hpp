#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "backend.hpp"
#include "request.hpp"
#include "tornado/ioloop/alarm.hpp"

namespace tornado::database {

/// A connection in its pool: who uses it, and whether others may.
///
/// Ownership: the pool's and, while it is leased, the lease's. The pool outlives it.
class Slot final : public ConnectionObserver, private ioloop::Alarm {
public:
    Slot(Pool& pool, std::unique_ptr<BackendConnection> connection);
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    /// Whether nobody uses it.
    [[nodiscard]] bool is_free() const noexcept { return may_be_used() && running_.empty(); }
    /// Whether one more command of the pool may go to it. Behind one that takes its time there is
    /// no room: others would wait for it although another connection may be free before.
    [[nodiscard]] bool has_room(ioloop::TimePoint now) const noexcept;
    [[nodiscard]] std::size_t in_flight() const noexcept { return running_.size(); }
    [[nodiscard]] bool leased() const noexcept { return use_ == Use::leased; }
    [[nodiscard]] bool lost() const noexcept {
        return gone_ || connection_ == nullptr || connection_->lost();
    }
    /// When the last command was over; TimePoint::max() before that.
    [[nodiscard]] ioloop::TimePoint last_used() const noexcept { return last_used_; }
    /// Whether iter() has it for itself.
    [[nodiscard]] bool streaming() const noexcept { return streams_; }

    /// From now on it belongs to one, until release().
    void lease();
    /// From now on nothing is done on it unless a transaction is open.
    void expect_transaction() noexcept { in_transaction_ = true; }
    /// Cancels what is under way, rolls back, and gives it back to the pool.
    void release() noexcept;

    /// Has the command done: at once, or when it is its turn on a leased connection.
    void submit(std::unique_ptr<Request> request);
    void cancel(Request& request) noexcept;
    void resume(Request& request);
    /// From a command that is over.
    void command_done(Request& request, bool went_well) noexcept;

    /// Takes no more commands; closed when it has none.
    void retire() noexcept;
    /// Destroys the connection, and cancels what is under way.
    void destroy() noexcept;
    /// Closes the connection, which fails what is under way.
    void close() noexcept;

    void connection_lost(const Fault& fault) override;
    void notified(std::string_view channel, std::string_view payload) override;

private:
    enum class Use { pool, leased, cleaning };

    [[nodiscard]] bool may_be_used() const noexcept {
        return use_ == Use::pool && !retiring_ && !lost() && !is_set();
    }
    void hand_over(std::unique_ptr<Request> request);
    void pump_lease();
    void refuse(std::unique_ptr<Request> request, const Fault& fault);
    [[nodiscard]] bool transaction_has_ended() const noexcept {
        return in_transaction_ && !lost() && !connection_->in_transaction();
    }
    void go_on() noexcept;
    [[nodiscard]] bool clean() noexcept;
    void give_up_on_cancel() noexcept;

    Pool& pool_;
    std::unique_ptr<BackendConnection> connection_;
    std::vector<Request*> running_;                    ///< what the connection has
    std::deque<std::unique_ptr<Request>> lease_line_;  ///< what waits for its turn
    ioloop::TimePoint last_used_ = ioloop::TimePoint::max();
    ioloop::TimePoint last_progress_;  ///< when a command began or ended
    Use use_ = Use::pool;
    bool in_transaction_ = false;  ///< its owner has begun one
    bool undone_ = false;          ///< a command that failed has ended it
    bool retiring_ = false;
    bool gone_ = false;
    bool streams_ = false;
    bool tried_to_clean_ = false;
    bool pumping_ = false;
};

}  // namespace tornado::database
