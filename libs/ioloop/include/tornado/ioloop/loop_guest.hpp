#pragma once

namespace tornado::ioloop {

class IOLoop;

/// What looks in at both ends of a loop's turns: the base of bridges to other event loops, such as
/// platform::Guest.
///
/// A turn is what the loop runs without waiting in between: callbacks, timeouts, handlers of
/// descriptors, callbacks from other threads. What the program gives to Asio's io_context itself is
/// no part of any.
///
/// Ownership: embedded in its owner, which may go before or after the loop, also within a turn.
/// Thread safety: belongs to its loop's thread.
class LoopGuest {
public:
    LoopGuest(const LoopGuest&) = delete;
    LoopGuest& operator=(const LoopGuest&) = delete;

protected:
    /// The first turn comes soon, also when there is nothing to run in it. Throws std::logic_error
    /// when the loop is closed.
    explicit LoopGuest(IOLoop& loop);
    ~LoopGuest() { leave(); }

    /// Where it is a guest; null when it has left or the loop has closed.
    [[nodiscard]] IOLoop* host() const noexcept { return host_; }
    /// Hears no more of the loop.
    void leave() noexcept;

    /// A turn begins; nothing of it has run.
    virtual void turn_begins() noexcept = 0;
    /// A turn is over, or the loop is started: it may wait now. Callbacks and timeouts may be
    /// added, and descriptors watched, as at any other time.
    virtual void turn_ends() noexcept = 0;
    /// The loop closes, and runs nothing any more. It is the host no longer.
    virtual void host_closes() noexcept = 0;

private:
    friend class IOLoop;
    IOLoop* host_;
};

}  // namespace tornado::ioloop
