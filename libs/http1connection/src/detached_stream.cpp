#include "detached_stream.hpp"

#include <utility>

#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::http1connection {

DetachedStream::DetachedStream(
    ConnectionSet& set,
    iostream::StreamCore& stream,
    util::UniqueFunction<void()> on_drain
)
    : set_{&set},
      stream_{stream},
      on_drain_{on_drain ? stack_context::wrap(std::move(on_drain)) : std::move(on_drain)} {
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

void DetachedStream::tell_of_drain() noexcept {
    const iostream::StreamRef alive{&stream_};
    auto tell = std::exchange(on_drain_, {});
    if (!tell) {
        return;
    }
    try {
        tell();  // may close the stream, and so end this
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in on_drain: ", log::format_exception(std::current_exception())
        );
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
