#pragma once

#include <cstddef>
#include <exception>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/alarm.hpp"

namespace tornado::ioloop {

class LineWaiter;

/// Those who wait for something, in the order they came. It does not own them.
///
/// Thread safety: one loop, one thread.
class WaitLine {
public:
    WaitLine() noexcept = default;
    WaitLine(const WaitLine&) = delete;
    WaitLine& operator=(const WaitLine&) = delete;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The one who has waited longest, or null.
    [[nodiscard]] LineWaiter* first() const noexcept { return first_; }
    void push_back(LineWaiter& waiter) noexcept;

private:
    friend class LineWaiter;
    LineWaiter* first_ = nullptr;
    LineWaiter* last_ = nullptr;
    std::size_t size_ = 0;
};

/// A place in a line, perhaps until a time only. Leaving takes no longer in a long line.
///
/// Ownership: embedded in its owner, with whom it leaves.
class LineWaiter : protected Alarm {
public:
    [[nodiscard]] bool in_line() const noexcept { return line_ != nullptr; }
    /// Leaves the line, and takes back what wait_until() set.
    void leave() noexcept;
    /// Lets the alarm ring in the current loop at `deadline`; TimePoint::max() is never, and needs
    /// no loop. Throws std::logic_error when the loop is closed.
    void wait_until(TimePoint deadline);

protected:
    using Alarm::Alarm;
    ~LineWaiter() { leave(); }

private:
    friend class WaitLine;
    WaitLine* line_ = nullptr;
    LineWaiter* next_ = nullptr;
    LineWaiter* previous_ = nullptr;
};

/// Throws std::logic_error when there is a `deadline` and the current loop is closed.
void require_wakeup(TimePoint deadline);

/// The failure of those whose time is over.
[[nodiscard]] std::exception_ptr timed_out();

/// The state of a future that waits in a line: it succeeds when its turn comes, fails with
/// TimeoutError when its time is over, and leaves when it is cancelled.
///
/// Nobody but its futures owns it, so that with the last of them it leaves, too. `Derived` may have
/// its own `expire()`, and a `take_back(value)` for a value that was handed on and dropped unseen.
template <typename Derived, typename T>
class WaitState : public concurrent::ValueState<T>, public LineWaiter, public concurrent::Pooled {
public:
    using concurrent::Pooled::operator new;
    using concurrent::Pooled::operator delete;

    template <typename... Args>
    void succeed(Args&&... args) {
        leave();
        this->construct(std::forward<Args>(args)...);
        this->settle(concurrent::FutureState::Status::value);
    }
    void fail(std::exception_ptr error) {
        leave();
        this->settle_with_error(std::move(error));
    }
    void expire() { fail(timed_out()); }
    /// For the end of what is waited for.
    void give_up() noexcept {
        leave();
        this->settle_as_cancelled();
    }

protected:
    explicit WaitState(unsigned references = 1, bool has_producer = false) noexcept
        : concurrent::ValueState<T>{operations, references, has_producer},
          LineWaiter{[](Alarm& alarm) { static_cast<Derived&>(of(alarm)).expire(); }} {}

private:
    static WaitState& of(Alarm& alarm) noexcept { return static_cast<WaitState&>(alarm); }
    static Derived& of(concurrent::FutureState& state) noexcept {
        auto& value_state = static_cast<concurrent::ValueState<T>&>(state);
        return static_cast<Derived&>(static_cast<WaitState&>(value_state));
    }

    static constexpr auto take_back_of_derived() noexcept {
        void (*take_back)(concurrent::FutureState&, void*) noexcept = nullptr;
        if constexpr (requires(Derived & derived, typename WaitState::Value & value) {
                          derived.take_back(value);
                      }) {
            take_back = [](concurrent::FutureState& state, void* value) noexcept {
                of(state).take_back(*static_cast<typename WaitState::Value*>(value));
            };
        }
        return take_back;
    }

    static constexpr concurrent::FutureState::Operations operations{
        [](concurrent::FutureState& state) noexcept { delete &of(state); },
        [](concurrent::FutureState& state) {
            of(state).give_up();
            return true;
        },
        take_back_of_derived()};
};

/// The first future of a new state: it takes over the reference that the state was made with.
template <typename T>
Future<T> first_future(concurrent::ValueState<T>* state) noexcept {
    return Future<T>{concurrent::StateRef<concurrent::ValueState<T>>::adopt(state)};
}

}  // namespace tornado::ioloop
