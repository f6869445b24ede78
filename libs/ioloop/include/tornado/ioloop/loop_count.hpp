#pragma once

namespace tornado::ioloop {

/// How many loops this process has, on all its threads: whether it is too late to fork it.
/// Thread safety: any thread.
[[nodiscard]] int loop_count() noexcept;

/// How many threads the ThreadPoolExecutors of this process have, which a forked one would lack.
/// Thread safety: any thread.
[[nodiscard]] int pool_thread_count() noexcept;

}  // namespace tornado::ioloop
