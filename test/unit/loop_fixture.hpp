#pragma once

#include <stdexcept>
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <utility>

/// Only a test that hangs ever gets there.
constexpr auto much_too_long = std::chrono::seconds{60};

/// A loop, and the ways in which a test waits in it.
struct LoopFixture {
    /// Runs a function or coroutine in the loop.
    template <typename F>
    auto run(F&& function) {
        return loop.run_sync(std::forward<F>(function), much_too_long);
    }
    template <typename T>
    T wait(tornado::Future<T> future) {
        return run([&future] { return future; });
    }
    /// Waits until `condition` holds, whatever the loop has to do for it.
    template <typename C>
    void until(C condition) {
        run([&condition]() -> tornado::Future<void> {
            while (!condition()) {
                co_await tornado::gen::moment();
            }
        });
    }
    /// Lets what is ready be seen; what is not stays unseen.
    void turns(int count = 30) {
        run([count]() -> tornado::Future<void> {
            for (int i = 0; i < count; ++i) {
                co_await tornado::gen::moment();
            }
        });
    }

    tornado::ioloop::IOLoop loop;
};
