#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/job.hpp"

namespace tornado::ioloop {

template <typename F, typename... Args>
auto IOLoop::run_on(Executor* executor, F function, Args... args) {
    using R = std::invoke_result_t<F, Args...>;
    static_assert(
        !concurrent::is_future<std::decay_t<R>>,
        "a Future never leaves its thread: give the executor a plain function"
    );
    auto job = std::make_shared<CallJob<R, F, Args...>>(std::move(function), std::move(args)...);
    auto* const outcome = new CallOutcome<R>(job);
    auto future = outcome->future();
    submit(executor, std::move(job), *outcome);
    return future;
}

}  // namespace tornado::ioloop
