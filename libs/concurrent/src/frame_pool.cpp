#include "tornado/concurrent/frame_pool.hpp"

namespace tornado::concurrent::frame_pool::detail {

namespace {

enum class Phase : std::uint8_t { untouched, alive, gone };

constinit thread_local Phase phase = Phase::untouched;

struct Janitor {
    ~Janitor() {
        phase = Phase::gone;
        for (auto& list : lists) {
            list.room = 0;
            while (list.first != nullptr) {
                auto* const block = list.first;
                list.first = block->next;
                ::operator delete(block);
            }
        }
    }
};

void start_keeping() {
    static thread_local Janitor janitor;
    static_cast<void>(janitor);
    phase = Phase::alive;
    for (auto& list : lists) {
        list.room = keep_per_class;
    }
}

}  // namespace

void* allocate_new(std::size_t size) {
    const auto index = class_of(size);
    return ::operator new(enabled&& index < classes ? (index + 1) * granule : size);
}

void deallocate_old(void* block, std::size_t size) noexcept {
    if (enabled && class_of(size) < classes && phase == Phase::untouched) {
        start_keeping();
        deallocate(block, size);
        return;
    }
    ::operator delete(block);
}

}  // namespace tornado::concurrent::frame_pool::detail
