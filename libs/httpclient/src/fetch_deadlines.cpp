#include "fetch_deadlines.hpp"

#include <utility>

namespace tornado::httpclient {

using ioloop::TimePoint;

FetchDeadlines::FetchDeadlines(ioloop::IOLoop& loop) noexcept
    : Alarm{[](Alarm& alarm) { static_cast<FetchDeadlines&>(alarm).ring(); }},
      loop_{loop} {}

bool FetchDeadlines::add(TimedFetch& fetch, TimePoint when) {
    constexpr int most_steps = 16;
    remove(fetch);
    if (when == TimePoint::max()) {
        return true;
    }
    auto* before = last_;
    for (int steps = 0; before != nullptr && before->when_ > when; ++steps) {
        if (steps == most_steps) {
            return false;
        }
        before = before->earlier_;
    }
    auto* const after = before != nullptr ? before->later_ : first_;
    if (after == first_ && (!is_set() || when < rings_)) {
        set(loop_, when);
        rings_ = when;
    }
    fetch.when_ = when;
    fetch.is_listed_ = true;
    fetch.earlier_ = before;
    fetch.later_ = after;
    (before != nullptr ? before->later_ : first_) = &fetch;
    (after != nullptr ? after->earlier_ : last_) = &fetch;
    return true;
}

/// The alarm stays, unless nobody is left: a program's own loop would wait for it.
void FetchDeadlines::remove(TimedFetch& fetch) noexcept {
    if (!std::exchange(fetch.is_listed_, false)) {
        return;
    }
    (fetch.earlier_ != nullptr ? fetch.earlier_->later_ : first_) = fetch.later_;
    (fetch.later_ != nullptr ? fetch.later_->earlier_ : last_) = fetch.earlier_;
    if (first_ == nullptr) {
        unset();
    }
}

void FetchDeadlines::arm() {
    if (first_ != nullptr) {
        rings_ = first_->when_;
        set(loop_, rings_);
    }
}

/// One at a time: what it does may end the client.
void FetchDeadlines::ring() {
    auto* const due = first_;
    if (due == nullptr || due->when_ > loop_.time()) {
        arm();
        return;
    }
    remove(*due);
    arm();
    due->out_of_time();
}

}  // namespace tornado::httpclient
