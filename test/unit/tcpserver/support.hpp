#pragma once

#include <dirent.h>

#include <string>
#include <vector>

#include "../iostream/support.hpp"

/// How many descriptors this process has open.
inline std::size_t open_descriptors() {
    std::size_t count = 0;
    auto* const folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr) {
        ++count;
    }
    ::closedir(folder);
    return count;
}

inline bool has_ipv6_loopback() {
    try {
        return !tornado::netutil::bind_sockets(0, {.address = "::1"}).empty();
    } catch (const std::system_error&) {
        return false;
    }
}

/// A loop, and ways to wait for what happens on it.
struct LoopFixture {
    template <typename F>
    auto run(F&& function) {
        return loop.run_sync(std::forward<F>(function), much_too_long);
    }
    template <typename C>
    void until(C condition) {
        run([&condition]() -> tornado::Future<void> {
            while (!condition()) {
                co_await tornado::gen::moment();
            }
        });
    }
    void turns() {
        int left = 30;
        until([&] { return --left == 0; });
    }

    tornado::ioloop::IOLoop loop;
};
