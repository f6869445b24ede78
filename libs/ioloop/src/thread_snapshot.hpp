#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "pulse.hpp"

namespace tornado::ioloop {

/// What a thread was doing when it was asked.
struct ThreadSnapshot {
    enum class Outcome : std::uint8_t {
        taken,
        moved_on,   ///< its pulse was another one by then
        no_answer,  ///< it blocks all signals, or waits in the kernel
    };
    Outcome outcome = Outcome::no_answer;
    /// The label of its context.
    std::string label;
    /// Addresses inside the instructions that it was executing, innermost call first.
    std::vector<std::uintptr_t> calls;
};

/// Prepares this thread for being asked, and returns its id.
/// Throws std::runtime_error when no real-time signal is left for it.
pid_t allow_snapshots_of_this_thread();

/// Asks a thread of this process by a signal, and waits for its answer for up to half a second. It
/// answers only while `pulse` stands at `count`.
///
/// Thread safety: any thread; one question is asked at a time. The memory of a thread that ended is
/// not touched: it gives no answer.
[[nodiscard]] ThreadSnapshot take_snapshot(pid_t thread, const Pulse& pulse, Pulse::Count count);

}  // namespace tornado::ioloop
