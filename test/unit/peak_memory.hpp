#pragma once

#include <sys/resource.h>

#include <cstddef>

/// The most that this process has held, in bytes.
inline std::size_t peak_memory() {
    struct rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}
