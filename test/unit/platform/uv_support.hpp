#pragma once

#include <uv.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <tornado/platform/uv.hpp>
#include <utility>
#include <vector>

#include "support.hpp"

/// Any handle of libuv's, with functions of C++ for its callbacks.
template <typename Handle>
struct UVHandle {
    /// What libuv calls: it calls `function`.
    static void call(Handle* handle) { static_cast<UVHandle*>(handle->data)->function(); }

    Handle* get() noexcept { return &handle; }
    void close(std::function<void()> then = [] {}) {
        after = std::move(then);
        uv_close(reinterpret_cast<uv_handle_t*>(&handle), [](uv_handle_t* closed) {
            static_cast<UVHandle*>(closed->data)->after();
        });
    }

    Handle handle{};
    std::function<void()> function = [] {};
    std::function<void()> after = [] {};
};

/// A uv loop that runs on ours, and ends with nothing open.
struct UVFixture : LoopFixture {
    UVFixture() {
        uv_loop_init(&uv_loop);
        uv.emplace(&uv_loop);
    }
    ~UVFixture() {
        uv.reset();
        uv_walk(
            &uv_loop,
            [](uv_handle_t* handle, void*) {
                if (uv_is_closing(handle) == 0) {
                    uv_close(handle, nullptr);
                }
            },
            nullptr
        );
        uv_run(&uv_loop, UV_RUN_DEFAULT);
        BOOST_TEST(uv_loop_close(&uv_loop) == 0);
    }

    /// A handle for the length of the test, which its own `initialise` makes one of the loop.
    template <typename Handle, typename... Args>
    UVHandle<Handle>& make(int (*initialise)(uv_loop_t*, Handle*, Args...), Args... args) {
        const auto made = std::make_shared<UVHandle<Handle>>();
        kept_.push_back(made);
        BOOST_REQUIRE(initialise(&uv_loop, made->get(), args...) == 0);
        made->handle.data = made.get();
        return *made;
    }
    /// Calls `function` once after some milliseconds.
    UVHandle<uv_timer_t>& timer(std::uint64_t milliseconds, std::function<void()> function) {
        auto& made = make(uv_timer_init);
        made.function = std::move(function);
        uv_timer_start(made.get(), made.call, milliseconds, 0);
        return made;
    }
    UVHandle<uv_async_t>& async(std::function<void()> function) {
        auto& made = make(uv_async_init, uv_async_cb{UVHandle<uv_async_t>::call});
        made.function = std::move(function);
        return made;
    }

    uv_loop_t uv_loop{};
    std::optional<tornado::platform::UVLoop> uv;

private:
    std::vector<std::shared_ptr<void>> kept_;
};
