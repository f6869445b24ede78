#include "tornado/ioloop/locks/event.hpp"

namespace tornado::locks {

namespace {

class EventWait final : public ioloop::WaitState<EventWait, void> {};

EventWait& oldest(const ioloop::WaitLine& line) noexcept {
    return static_cast<EventWait&>(*line.first());
}

}  // namespace

Event::~Event() {
    while (!line_.empty()) {
        oldest(line_).give_up();
    }
}

void Event::set() {
    set_ = true;
    while (!line_.empty()) {
        oldest(line_).succeed();
    }
}

Future<void> Event::wait(TimePoint deadline) {
    if (set_) {
        return Future<void>::ready();
    }
    auto* const wait = new EventWait;
    auto future = ioloop::first_future<void>(wait);
    line_.push_back(*wait);
    wait->wait_until(deadline);
    return future;
}

Future<void> Event::wait(Duration timeout) {
    return wait(ioloop::time_after(timeout));
}

}  // namespace tornado::locks
