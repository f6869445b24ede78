#pragma once

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::testing {

/// A time limit in a loop that counts the system's time, whatever the loop's clock says: a timer of
/// the kernel, watched as any descriptor is.
///
/// Thread safety: the loop's thread.
class RealTimeout {
public:
    /// `expired` runs in the loop.
    RealTimeout(ioloop::IOLoop& loop, util::UniqueFunction<void()> expired);
    RealTimeout(const RealTimeout&) = delete;
    RealTimeout& operator=(const RealTimeout&) = delete;
    ~RealTimeout();

    /// Sets it to `after` from now, which is longer than nothing; zero takes it back.
    void set(ioloop::Duration after);

private:
    ioloop::IOLoop& loop_;
    netutil::Socket timer_;
};

}  // namespace tornado::testing
