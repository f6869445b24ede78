#pragma once

namespace tornado::ioloop {

/// How many loops this process has, on all its threads: whether it is too late to fork it.
/// Thread safety: any thread.
[[nodiscard]] int loop_count() noexcept;

}  // namespace tornado::ioloop
