#pragma once

#include <algorithm>
#include <ctime>

/// The CPU time that this thread has used, in seconds: what others do on the machine is not in it.
inline double cpu_seconds() {
    std::timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// What `work()` takes, at best of three times. For tests of how a cost grows.
template <typename F>
double least_cpu_seconds(F work) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        const double start = cpu_seconds();
        work();
        best = std::min(best, cpu_seconds() - start);
    }
    return best;
}
