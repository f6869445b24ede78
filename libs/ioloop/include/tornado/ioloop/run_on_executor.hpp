#pragma once

#include <type_traits>
#include <utility>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::ioloop {

/// A function that runs `function` on `executor` and returns a future of its result, through the
/// loop of the thread that calls it.
///
/// Ownership: borrows the executor. Each call takes a copy of `function` along.
///
///     const auto hash = run_on_executor(pool, slow_hash);  // of a std::string
///     const auto hashed = co_await hash(password);
template <typename F>
[[nodiscard]] auto run_on_executor(Executor& executor, F function) {
    return [&executor, function = std::move(function)](auto... args) {
        return IOLoop::current().run_in_executor(executor, function, std::move(args)...);
    };
}

/// Runs a method of `self` on `self.executor`, an Executor or something that points to one. `self`
/// must live until the call is over. Mirrors the decorator `concurrent.run_on_executor`.
///
///     struct Images {
///         ThreadPoolExecutor executor{2};
///         Future<Image> resize(Image image, int width) {
///             return run_on_executor<&Images::resize_now>(*this, std::move(image), width);
///         }
///         Image resize_now(const Image& image, int width);
///     };
template <auto method, typename Self, typename... Args>
requires std::is_member_function_pointer_v<decltype(method)>
[[nodiscard]] auto run_on_executor(Self& self, Args... args) {
    auto& executor = [&self]() -> Executor& {
        if constexpr (std::is_convertible_v<decltype((self.executor)), Executor&>) {
            return self.executor;
        } else {
            return *self.executor;
        }
    }();
    return IOLoop::current().run_in_executor(executor, method, &self, std::move(args)...);
}

}  // namespace tornado::ioloop
