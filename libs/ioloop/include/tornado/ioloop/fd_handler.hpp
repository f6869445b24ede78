#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "tornado/ioloop/callback.hpp"
#include "tornado/ioloop/events.hpp"

namespace tornado::ioloop {

/// What a descriptor is watched with.
using FdHandler = util::UniqueFunction<void(int fd, Events events)>;

/// Wraps a callable that is called again and again so that each future that it returns keeps it.
template <typename F>
FdHandler keep_while_pending(F handler) {
    if constexpr (concurrent::is_future<std::decay_t<std::invoke_result_t<F&, int, Events>>>) {
        return [owner = std::make_shared<F>(std::move(handler))](int fd, Events events) {
            const auto started = (*owner)(fd, events);
            watch_outcome(started, owner);
        };
    } else {
        return FdHandler{std::move(handler)};
    }
}

}  // namespace tornado::ioloop
