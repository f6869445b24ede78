#pragma once

#include <uv.h>

#include <memory>

namespace tornado::platform {

/// One round of a uv loop: what is due, without waiting, and whether uv_stop() was called in it.
///
/// uv_run(UV_RUN_NOWAIT) would not tell: it takes the flag away when it returns. So the round is
/// run by UV_RUN_DEFAULT, with an idle handle of ours that keeps it from waiting and ends it. It
/// closes the handle while no other one is closing, which makes its callback the round's very last
/// one. From libuv 1.45 on timers would run behind it, unheard: they are hidden until the next
/// round.
class UVProbe {
public:
    /// Throws std::runtime_error when the loop's fields are not where they were in the header.
    explicit UVProbe(uv_loop_t& loop);
    UVProbe(const UVProbe&) = delete;
    UVProbe& operator=(const UVProbe&) = delete;
    ~UVProbe();

    enum class Outcome { done, stopped };
    Outcome run_round();

    /// Whether there are descriptors that libuv waits for from its next round on only.
    [[nodiscard]] bool has_new_watchers() const noexcept;

private:
    struct Handle;

    Outcome after_stop();

    uv_loop_t& loop_;
    std::unique_ptr<Handle> handle_;
};

}  // namespace tornado::platform
