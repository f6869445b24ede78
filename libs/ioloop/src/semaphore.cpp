#include "tornado/ioloop/locks/semaphore.hpp"

#include <limits>
#include <stdexcept>

#include "tornado/log.hpp"

namespace tornado::locks {

/// What a semaphore shares with its guards, so that these may outlive it.
class Permits final : public concurrent::Pooled {
public:
    Permits(std::ptrdiff_t value, std::ptrdiff_t limit) noexcept : value_{value}, limit_{limit} {}

    void retain() noexcept { ++references_; }
    void drop() noexcept {
        if (--references_ == 0) {
            delete this;
        }
    }

    [[nodiscard]] std::ptrdiff_t value() const noexcept { return value_; }
    [[nodiscard]] bool complete() const noexcept { return value_ >= limit_; }
    [[nodiscard]] ioloop::WaitLine& line() noexcept { return line_; }

    Guard take() noexcept {
        --value_;
        return Guard{*this};
    }
    /// Whoever waits gets it without its ever being free, so that nobody can come between.
    void give_back();

private:
    std::ptrdiff_t value_;
    const std::ptrdiff_t limit_;
    unsigned references_ = 1;
    ioloop::WaitLine line_;
};

class Semaphore::Wait final : public ioloop::WaitState<Wait, Guard> {
public:
    static Wait& oldest(const ioloop::WaitLine& line) noexcept {
        return static_cast<Wait&>(*line.first());
    }
};

void Permits::give_back() {
    ++value_;
    if (!line_.empty()) {
        Semaphore::Wait::oldest(line_).succeed(take());
    }
}

Guard::Guard(Permits& permits) noexcept : permits_{&permits} {
    permits.retain();
}

void Guard::give_back() noexcept {
    auto& permits = *std::exchange(permits_, nullptr);
    if (permits.complete()) {
        log::app_log().error(
            "a permit was released by hand while its guard still held it: "
            "detach() the guard before that"
        );
    } else {
        permits.give_back();
    }
    permits.drop();
}

void Guard::detach() noexcept {
    if (permits_ != nullptr) {
        std::exchange(permits_, nullptr)->drop();
    }
}

namespace {

Permits* new_permits(std::ptrdiff_t value, std::ptrdiff_t limit) {
    if (value < 0) {
        throw std::invalid_argument{
            "a semaphore's value is negative: give the number of its permits, 0 or more"};
    }
    return new Permits{value, limit};
}

}  // namespace

Semaphore::Semaphore(std::ptrdiff_t value)
    : permits_{new_permits(value, std::numeric_limits<std::ptrdiff_t>::max())} {}

Semaphore::Semaphore(std::ptrdiff_t value, Bounded) : permits_{new_permits(value, value)} {}

Semaphore::~Semaphore() {
    while (!permits_->line().empty()) {
        Wait::oldest(permits_->line()).give_up();
    }
    permits_->drop();
}

Future<Guard> Semaphore::acquire(TimePoint deadline) {
    if (permits_->value() > 0) {
        return Future<Guard>::ready(permits_->take());
    }
    auto* const wait = new Wait;
    auto future = ioloop::first_future<Guard>(wait);
    permits_->line().push_back(*wait);
    wait->wait_until(deadline);
    return future;
}

Future<Guard> Semaphore::acquire(Duration timeout) {
    return acquire(ioloop::time_after(timeout));
}

void Semaphore::release() {
    if (permits_->complete()) {
        throw std::logic_error{
            "the semaphore has all its permits: a guard gives its own back by itself, so detach() "
            "it before you call release()"};
    }
    permits_->give_back();
}

std::ptrdiff_t Semaphore::value() const noexcept {
    return permits_->value();
}
std::size_t Semaphore::waiters() const noexcept {
    return permits_->line().size();
}

}  // namespace tornado::locks
