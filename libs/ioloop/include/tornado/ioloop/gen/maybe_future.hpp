#pragma once

#include <utility>

#include "tornado/concurrent/future.hpp"

namespace tornado::gen {

/// A future of any value: futures come back unchanged. Mirrors `gen.maybe_future`.
template <typename T>
auto maybe_future(T value) {
    if constexpr (concurrent::is_future<T>) {
        return value;
    } else {
        return Future<T>::ready(std::move(value));
    }
}

}  // namespace tornado::gen
