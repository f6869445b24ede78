#pragma once

#include <tornado/ioloop/queues/queue.hpp>
#include <vector>

/// Takes out all that is in the queue.
template <typename T>
std::vector<T> drained(tornado::queues::Queue<T>& queue) {
    std::vector<T> items;
    while (!queue.empty()) {
        items.push_back(queue.get_nowait());
    }
    return items;
}
