#pragma once

#include <exception>
#include <list>
#include <memory>
#include <utility>

#include "backend.hpp"
#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/alarm.hpp"

namespace tornado::database {

class Pool;
class Slot;

/// Something that waits for a connection.
class InLine {
public:
    using Line = std::list<std::unique_ptr<InLine>>;

    InLine() = default;
    InLine(const InLine&) = delete;
    InLine& operator=(const InLine&) = delete;
    virtual ~InLine() = default;

    /// Takes a connection, if there is one for it: then it has left the line.
    virtual bool serve() = 0;
    /// Its time to wait begins.
    virtual void begin_to_wait() = 0;
    /// The end of its waiting. It has left the line, and is destroyed after this.
    virtual void give_up(const Fault& fault) noexcept = 0;

    Line::iterator place;
    bool waits = false;  ///< whether it is in the line of the pool
};

/// A command of a user: it waits for a connection, is done on one, and settles a future.
///
/// Ownership: the line's, then the connection's.
class Request : public Command, public InLine, public concurrent::Pooled, protected ioloop::Alarm {
public:
    explicit Request(Pool& pool) noexcept;

    /// Goes on also when nobody waits for it: the end of a transaction.
    bool steadfast = false;
    /// How it ends the transaction of its connection, if it does.
    enum class End : std::uint8_t { none, commit, rollback };
    End end = End::none;
    /// On which it is done, or waits for its turn.
    Slot* slot = nullptr;

    /// The time at which the query has to be over, from now on.
    void limit_time();
    /// For a stream: its next rows have the same time as its first ones had.
    void limit_time_anew();
    /// For a stream whose reader keeps it waiting: only what limits all is left.
    void stop_time();
    [[nodiscard]] ioloop::TimePoint must_end() const noexcept { return must_end_; }
    /// Nobody wants the outcome any more. May destroy it.
    void withdraw() noexcept;
    /// Fails it without a connection; its owner destroys it.
    void refuse(const Fault& fault) noexcept;

    bool take(std::shared_ptr<const Block> rows) override;
    void finish(Outcome outcome) noexcept final;
    void fail(Fault fault) noexcept final;

    bool serve() final;
    void begin_to_wait() final;
    void give_up(const Fault& fault) noexcept final;
    /// It has a connection: it waits no longer.
    void stop_waiting();

protected:
    /// Settles the future, unless it is settled.
    virtual void deliver(Outcome outcome) = 0;
    virtual void reject(std::exception_ptr error) noexcept = 0;
    /// It has taken too long. May destroy it.
    virtual void expire(std::exception_ptr error) noexcept;
    /// The same once more, for another connection: nothing of this has been done. Null: cannot.
    [[nodiscard]] virtual std::unique_ptr<Request> again() { return nullptr; }

    void move_into(Request& other) noexcept;
    Pool& pool_;

private:
    void ring();

    ioloop::TimePoint must_end_ = ioloop::TimePoint::max();
    ioloop::TimePoint all_must_end_ = ioloop::TimePoint::max();  ///< of whoever has asked
    bool was_sent_twice_ = false;
    bool withdrawn_ = false;
};

/// A request whose future has a T.
template <typename T>
class ResultRequest final : public Request {
public:
    using Convert = T (*)(Outcome&& outcome);

    ResultRequest(Pool& pool, Convert convert, Promise<T> promise = {})
        : Request{pool},
          promise_{std::move(promise)},
          convert_{convert} {
        promise_.on_cancel([this] { withdraw(); });
    }
    ~ResultRequest() override {
        if (!promise_.done()) {
            promise_.set_cancelled();
        }
    }

    [[nodiscard]] Future<T> future() const { return promise_.future(); }

private:
    void deliver(Outcome outcome) override {
        if (promise_.done()) {
            return;
        }
        try {
            promise_.set_result(convert_(std::move(outcome)));
        } catch (...) {
            promise_.set_exception(std::current_exception());
        }
    }
    void reject(std::exception_ptr error) noexcept override {
        if (!promise_.done()) {
            promise_.set_exception(std::move(error));
        }
    }
    [[nodiscard]] std::unique_ptr<Request> again() override {
        auto next = std::make_unique<ResultRequest>(pool_, convert_, std::move(promise_));
        move_into(*next);
        return next;
    }

    Promise<T> promise_;
    Convert convert_;
};

/// A request in whose outcome nobody is interested.
class SilentRequest final : public Request {
public:
    using Request::Request;

private:
    void deliver(Outcome) override {}
    void reject(std::exception_ptr) noexcept override {}
};

}  // namespace tornado::database
