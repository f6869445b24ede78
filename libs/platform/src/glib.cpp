#include "tornado/platform/glib.hpp"

#include <glib.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/poll_set.hpp"
#include "tornado/platform/guest.hpp"

namespace tornado::platform {

namespace {

/// A source that is never ready, but counts how often its context prepares: whenever anybody runs
/// an iteration, numbers of descriptors may come to stand for other files.
class Witness {
public:
    explicit Witness(GMainContext* context) : source_{g_source_new(&functions, sizeof(Source))} {
        reinterpret_cast<Source*>(source_)->count = &count_;
        g_source_set_priority(source_, G_MININT);  // before any that ends the preparation early
        g_source_attach(source_, context);
    }
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    ~Witness() {
        g_source_destroy(source_);
        g_source_unref(source_);
    }

    /// Since the last call.
    [[nodiscard]] unsigned take_count() noexcept { return std::exchange(count_, 0); }

private:
    struct Source {
        GSource base;
        unsigned* count;
    };
    static gboolean prepare(GSource* source, gint* timeout) {
        ++*reinterpret_cast<Source*>(source)->count;
        *timeout = -1;
        return FALSE;
    }
    static inline GSourceFuncs functions{prepare, nullptr, nullptr, nullptr, nullptr, nullptr};

    GSource* source_;
    unsigned count_ = 0;
};

}  // namespace

class GLibLoop::Impl final : public Guest {
public:
    explicit Impl(GMainContext* context)
        : context_{g_main_context_ref(context)},
          is_default_{context == g_main_context_default()} {
        if (g_main_context_acquire(context_) == FALSE) {
            g_main_context_unref(context_);
            throw std::logic_error{
                "another thread runs this GMainContext: run it on that one's IOLoop"};
        }
        if (!is_default_) {
            g_main_context_push_thread_default(context_);
        }
        witness_ = std::make_unique<Witness>(context_);
    }
    ~Impl() override {
        release();
        g_main_context_unref(context_);
    }

    [[nodiscard]] GMainContext* context() const noexcept { return context_; }

    void begin() { serve(set_->fd()); }
    Future<void> run(GMainLoop* loop);

private:
    struct Run {
        GMainLoop* loop;
        Promise<void> done;
    };

    TimePoint next_round() noexcept override;
    void run_round() override;
    void ended() noexcept override;
    void release() noexcept;
    int query(int priority);
    void settle_those_that_quit() noexcept;
    [[nodiscard]] TimePoint after(int timeout) noexcept;

    std::unique_ptr<ioloop::PollSet> set_ = std::make_unique<ioloop::PollSet>();
    GMainContext* context_;
    bool is_default_;
    std::unique_ptr<Witness> witness_;  // null: the context is released
    std::vector<GPollFD> fds_;
    std::vector<ioloop::PollWish> wishes_;
    bool set_is_old_ = true;
    int empty_rounds_ = 0;
    TimePoint due_at_;
    std::vector<Run> runs_;
};

TimePoint GLibLoop::Impl::next_round() noexcept {
    settle_those_that_quit();
    set_is_old_ = set_is_old_ || witness_->take_count() != 0;
    gint priority = 0;
    g_main_context_prepare(context_, &priority);
    if (closed()) {
        return TimePoint::max();  // by a source's own preparation
    }
    static_cast<void>(witness_->take_count());
    const int timeout = query(priority);
    if (timeout == 0) {
        return TimePoint::min();
    }
    if (!set_->assign(wishes_, std::exchange(set_is_old_, false))) {
        return TimePoint::min();
    }
    return timeout < 0 ? TimePoint::max() : after(timeout);
}

/// Which descriptors are waited for, and for how many milliseconds (-1: without end).
int GLibLoop::Impl::query(int priority) {
    gint timeout = -1;
    gint count = 0;
    while (true) {
        const auto room = static_cast<gint>(fds_.size());
        count = g_main_context_query(context_, priority, &timeout, fds_.data(), room);
        if (count <= room) {
            break;
        }
        fds_.resize(static_cast<std::size_t>(count));
    }
    wishes_.clear();
    for (gint i = 0; i < count; ++i) {
        const auto& wish = fds_[static_cast<std::size_t>(i)];
        if (wish.fd >= 0) {  // poll(2) ignores the others
            wishes_.push_back({wish.fd, wish.events});
        }
    }
    return timeout;
}

/// GLib counts from now on, in milliseconds that it rounds up: what was said before may be the
/// same.
TimePoint GLibLoop::Impl::after(int timeout) noexcept {
    constexpr std::chrono::milliseconds one{1};
    const auto when = now() + std::chrono::milliseconds{timeout};
    if (due_at_ <= now() || when <= due_at_ - one || when >= due_at_ + one) {
        due_at_ = when;
    }
    return due_at_;
}

void GLibLoop::Impl::run_round() {
    const bool ran = g_main_context_iteration(context_, FALSE) != FALSE;
    if (closed()) {
        return;  // in this round
    }
    settle_those_that_quit();
    // A descriptor closed before its source was removed can go on calling from beyond, when a copy
    // of it is open somewhere.
    constexpr int too_many = 16;
    empty_rounds_ = ran ? 0 : empty_rounds_ + 1;
    if (empty_rounds_ == too_many) {
        empty_rounds_ = 0;
        auto fresh = std::make_unique<ioloop::PollSet>();
        pause();
        set_ = std::move(fresh);
        set_is_old_ = true;
        begin();
    }
}

Future<void> GLibLoop::Impl::run(GMainLoop* loop) {
    if (closed()) {
        throw std::logic_error{"the IOLoop of this GLibLoop is closed: make another one"};
    }
    if (loop == nullptr || g_main_loop_get_context(loop) != context_) {
        throw std::invalid_argument{"this GMainLoop is not one of the context that is served here"};
    }
    auto& run = runs_.emplace_back();
    run.loop = g_main_loop_ref(loop);
    auto done = run.done.future();
    settle_those_that_quit();
    return done;
}

void GLibLoop::Impl::settle_those_that_quit() noexcept {
    std::erase_if(runs_, [](Run& run) {
        const bool has_quit = g_main_loop_is_running(run.loop) == FALSE;
        if (has_quit) {
            run.done.set_result();
        }
        if (has_quit || run.done.done()) {
            g_main_loop_unref(run.loop);
            return true;
        }
        return false;
    });
}

void GLibLoop::Impl::ended() noexcept {
    for (auto& run : std::exchange(runs_, {})) {
        run.done.set_cancelled();
        g_main_loop_unref(run.loop);
    }
    release();
}

void GLibLoop::Impl::release() noexcept {
    if (witness_ == nullptr) {
        return;
    }
    witness_.reset();
    if (!is_default_) {
        // It is below those of others if they are to go later: then it goes with the last of them.
        thread_local std::vector<GMainContext*> over;
        over.push_back(context_);
        while (true) {
            auto* const top = g_main_context_get_thread_default();
            const auto found = std::ranges::find(over, top);
            if (found == over.end()) {
                break;
            }
            over.erase(found);
            g_main_context_pop_thread_default(top);
        }
    }
    g_main_context_release(context_);
}

GLibLoop::GLibLoop(_GMainContext* context)
    : impl_{std::make_shared<Impl>(context != nullptr ? context : g_main_context_default())} {
    impl_->begin();
}

GLibLoop::~GLibLoop() {
    impl_->close();
}

_GMainContext* GLibLoop::context() const noexcept {
    return impl_->context();
}
Future<void> GLibLoop::run(_GMainLoop* loop) {
    return impl_->run(loop);
}
bool GLibLoop::serving() const noexcept {
    return impl_->serving();
}
void GLibLoop::wake() {
    impl_->wake();
}

}  // namespace tornado::platform
