#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "tornado/ioloop/executor.hpp"

namespace tornado::netutil {

/// Threads that nobody waits for: what they do may take as long as a name server is silent, and
/// there is no way to interrupt it.
///
/// They start as they are needed and end after a while of idleness. In a forked process, which has
/// none of its parent's threads, new ones start, and the parent's calls are forgotten.
///
/// Thread safety: any thread.
class LookupThreads final : public ioloop::Executor {
public:
    explicit LookupThreads(std::size_t most_threads);
    /// Drops what has not begun, and leaves the rest to itself.
    ~LookupThreads() override;

    void submit(Work work) override;

    /// The ones for everybody.
    [[nodiscard]] static std::shared_ptr<LookupThreads> shared();

private:
    class Crew;
    /// A crew, and the process that it works in.
    struct Shift;

    [[nodiscard]] Crew& crew();

    const std::size_t most_threads_;
    std::atomic<Shift*> shift_;
};

}  // namespace tornado::netutil
