#include "detached_stream.hpp"

#include <optional>
#include <utility>

#include "tornado/ioloop/time_limit.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::http1connection {

DetachedStream::DetachedStream(
    ConnectionSet& set,
    iostream::StreamCore& stream,
    util::UniqueFunction<void()> on_drain
)
    : set_{&set},
      stream_{stream},
      context_{concurrent::Context::capture()},
      on_drain_{std::move(on_drain)} {
    if (set.draining_ && on_drain_) {
        telling_ =
            ioloop::IOLoop::current().call_later(ioloop::Duration{0}, [this] { tell_of_drain(); });
    }
    next_ = set.detached_;
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
    set.detached_ = this;
    ++set.size_;
    stream.set_close_watcher(this);
}

DetachedStream::~DetachedStream() {
    if (auto* const loop = ioloop::IOLoop::current_or_null()) {
        loop->remove_timeout(telling_);
    }
}

/// The owner hears of it in its own context, but for the drain's time limit.
void DetachedStream::tell_of_drain() noexcept {
    const iostream::StreamRef alive{&stream_};
    auto tell = std::exchange(on_drain_, {});
    if (!tell) {
        return;
    }
    std::optional<ioloop::TimePoint> end;
    if (const auto* const limit = stack_context::get(ioloop::must_end_by)) {
        end = *limit;
    }
    const util::ScopeExit restore{
        [former = concurrent::Context::capture()] { concurrent::Context::enter(former); }};
    concurrent::Context::enter(std::move(context_));
    try {
        std::optional<stack_context::StackContext> limit;
        if (end) {
            limit.emplace(ioloop::must_end_by, *end);
        }
        tell();  // may close the stream, and so end this
    } catch (...) {
        if (const auto left = stack_context::handle_exception(std::current_exception())) {
            log::app_log().error("Uncaught exception in on_drain: ", log::format_exception(left));
        }
    }
}

void DetachedStream::cut_off() noexcept {
    const iostream::StreamRef stream{&stream_};
    stream->abort(make_error_code(std::errc::connection_aborted));
    stream->close();
}

void DetachedStream::leave() noexcept {
    auto& set = *std::exchange(set_, nullptr);
    if (set.next_to_tell_ == this) {
        set.next_to_tell_ = next_;
    }
    (previous_ != nullptr ? previous_->next_ : set.detached_) = next_;
    if (next_ != nullptr) {
        next_->previous_ = previous_;
    }
    next_ = previous_ = nullptr;
}

void DetachedStream::stream_closed() noexcept {
    if (auto* const set = set_) {
        leave();
        set->count_down();
    }
    delete this;
}

}  // namespace tornado::http1connection
