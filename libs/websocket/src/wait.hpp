#pragma once

#include <exception>
#include <utility>

#include "tornado/ioloop/wait_line.hpp"

namespace tornado::websocket {

/// Waits in one of a connection's lines. Who drops the future leaves the line.
class Wait final : public ioloop::WaitState<Wait, void> {};

[[nodiscard]] inline Future<void> wait_in(ioloop::WaitLine& line) {
    auto* const wait = new Wait;
    auto future = ioloop::first_future<void>(wait);
    line.push_back(*wait);
    return future.ignore();
}

/// Ends all waits of a line: with `error`, if there is one.
inline void end_waits(ioloop::WaitLine& line, const std::exception_ptr& error = nullptr) noexcept {
    while (!line.empty()) {
        auto& wait = static_cast<Wait&>(*line.first());
        if (error) {
            wait.fail(error);
        } else {
            wait.succeed();
        }
    }
}

}  // namespace tornado::websocket
