#pragma once

#include <tornado/ioloop/loop_guest.hpp>

#include "../loop_fixture.hpp"

/// Counts a loop's turns: a loop that waits has none.
class TurnCount : tornado::ioloop::LoopGuest {
public:
    explicit TurnCount(tornado::ioloop::IOLoop& loop) : LoopGuest{loop} {}
    [[nodiscard]] int get() const noexcept { return count_; }
    void restart() noexcept { count_ = 0; }

private:
    void turn_begins() noexcept override {}
    void turn_ends() noexcept override { ++count_; }
    void host_closes() noexcept override {}

    int count_ = 0;
};
