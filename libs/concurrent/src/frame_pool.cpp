#include "tornado/concurrent/frame_pool.hpp"

#include <algorithm>
#include <utility>

namespace tornado::concurrent::frame_pool::detail {

namespace {

constinit thread_local bool is_gone = false;

struct Janitor {
    ~Janitor() {
        is_gone = true;
        for (auto& each : lists) {
            const auto list = std::exchange(each, {});
            std::for_each(list.bottom, list.top, [](void* block) { ::operator delete(block); });
            delete[] list.bottom;
        }
    }
};

/// Makes the room for a class's free blocks. False when there is none, or not any more.
bool start_keeping(FreeList& list) noexcept {
    if (is_gone) {
        return false;
    }
    static thread_local const Janitor janitor;
    static_cast<void>(janitor);
    list.bottom = new (std::nothrow) void*[keep_per_class];
    if (list.bottom == nullptr) {
        return false;
    }
    list.top = list.bottom;
    list.end = list.bottom + keep_per_class;
    return true;
}

}  // namespace

void* allocate_new(std::size_t size) {
    const auto index = class_of(size);
    return ::operator new(enabled&& index < classes ? (index + 1) * granule : size);
}

void deallocate_old(void* block, std::size_t size) noexcept {
    if (const auto index = class_of(size); enabled && index < classes) {
        auto& list = lists[index];
        if (list.end == nullptr && start_keeping(list)) {
            *list.top++ = block;
            return;
        }
    }
    ::operator delete(block);
}

}  // namespace tornado::concurrent::frame_pool::detail
