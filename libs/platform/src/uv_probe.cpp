#include "uv_probe.hpp"

#include <stdexcept>
#include <utility>

namespace tornado::platform {

namespace {

/// UV_HANDLE_INTERNAL, which libuv's header leaves out. uv_walk() and uv_loop_close() pass over
/// handles that have it, so that no program meets ours.
constexpr unsigned internal_flag = 0x10;

/// Others may be closing in every round.
constexpr int most_rounds = 8;

}  // namespace

struct UVProbe::Handle {
    uv_idle_t idle{};
    int rounds = 0;
    bool closed = false;
    bool stopped = false;
    bool is_last = false;  ///< its callback is the round's very last one
    bool hides_timers = false;
    decltype(uv_loop_t::timer_heap) timers{};

    static Handle& of(void* data) noexcept { return *static_cast<Handle*>(data); }

    static void on_idle(uv_idle_t* idle) {
        auto& self = of(idle->data);
        self.is_last = idle->loop->closing_handles == nullptr;
        if (self.is_last || ++self.rounds == most_rounds) {
            uv_close(reinterpret_cast<uv_handle_t*>(idle), on_closed);
        }
    }
    static void on_closed(uv_handle_t* handle) {
        auto& self = of(handle->data);
        self.closed = true;
        self.stopped = handle->loop->stop_flag != 0;
        uv_stop(handle->loop);
        if (self.is_last) {
            self.timers = std::exchange(handle->loop->timer_heap, {});
            self.hides_timers = true;
        }
    }
};

UVProbe::UVProbe(uv_loop_t& loop) : loop_{loop} {
    if ((loop.wq_async.flags & internal_flag) == 0) {
        throw std::runtime_error{
            "this libuv is not laid out as the one that Tornado was built with: build it again"};
    }
}

UVProbe::~UVProbe() = default;

UVProbe::Outcome UVProbe::run_round() {
    if (loop_.stop_flag != 0) {
        uv_run(&loop_, UV_RUN_NOWAIT);  // runs nothing, and takes the flag away
        return Outcome::stopped;
    }
    if (handle_ == nullptr) {
        handle_ = std::make_unique<Handle>();
    }
    *handle_ = {};
    uv_idle_init(&loop_, &handle_->idle);
    handle_->idle.flags |= internal_flag;
    handle_->idle.data = handle_.get();
    uv_idle_start(&handle_->idle, Handle::on_idle);
    uv_run(&loop_, UV_RUN_DEFAULT);
    if (handle_->hides_timers) {
        loop_.timer_heap = handle_->timers;
    }
    if (!handle_->closed) {
        return after_stop();
    }
    return handle_->stopped ? Outcome::stopped : Outcome::done;
}

UVProbe::Outcome UVProbe::after_stop() {
    // While others were closing. Ours closes in whichever round comes next.
    auto* const idle = &handle_.release()->idle;
    const auto free_handle = [](uv_handle_t* handle) { delete &Handle::of(handle->data); };
    uv_idle_stop(idle);
    const bool was_last = uv_loop_alive(&loop_) == 0;
    uv_close(reinterpret_cast<uv_handle_t*>(idle), free_handle);
    if (was_last) {
        uv_run(&loop_, UV_RUN_NOWAIT);  // else nobody would run it again
    }
    return Outcome::stopped;
}

bool UVProbe::has_new_watchers() const noexcept {
    // An empty queue is its own successor. The field's type is another one in libuv 1.46, not so
    // its layout; uv_backend_timeout() considers it from 1.45 on.
    const void* const queue = &loop_.watcher_queue;
    return *static_cast<const void* const*>(queue) != queue;
}

}  // namespace tornado::platform
