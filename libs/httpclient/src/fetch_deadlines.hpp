#pragma once

#include "tornado/ioloop/alarm.hpp"

namespace tornado::httpclient {

class FetchDeadlines;

/// What has to be done in time.
///
/// Ownership: embedded in its owner; it is not listed any more when that goes.
class TimedFetch {
public:
    virtual void out_of_time() = 0;

protected:
    TimedFetch() = default;
    TimedFetch(const TimedFetch&) = delete;
    TimedFetch& operator=(const TimedFetch&) = delete;
    ~TimedFetch() = default;

private:
    friend class FetchDeadlines;
    ioloop::TimePoint when_;
    TimedFetch* earlier_ = nullptr;
    TimedFetch* later_ = nullptr;
    bool is_listed_ = false;
};

/// By when the exchanges of a client have to be over, in that order. One alarm serves them all:
/// most fetches have the same time, so that who begins last is the last, and nearly all are over
/// long before it rings.
///
/// Thread safety: one loop, one thread.
class FetchDeadlines : private ioloop::Alarm {
public:
    explicit FetchDeadlines(ioloop::IOLoop& loop) noexcept;

    /// Lists it; TimePoint::max() is never. False, and nothing is done, when its place among many
    /// is hard to find: it needs an alarm of its own.
    [[nodiscard]] bool add(TimedFetch& fetch, ioloop::TimePoint when);
    void remove(TimedFetch& fetch) noexcept;

private:
    void ring();
    void arm();

    ioloop::IOLoop& loop_;
    TimedFetch* first_ = nullptr;
    TimedFetch* last_ = nullptr;
    ioloop::TimePoint rings_;
};

}  // namespace tornado::httpclient
