#include "tornado/concurrent/frame_pool.hpp"

#include <array>
#include <cstdint>
#include <new>

namespace tornado::concurrent::frame_pool {

#if !TORNADO_POOLING

void* allocate(std::size_t size) {
    return ::operator new(size);
}
void deallocate(void* block, std::size_t) noexcept {
    ::operator delete(block);
}

#else

namespace {

constexpr std::size_t granule = 64;
constexpr std::size_t classes = 32;
constexpr std::uint32_t keep_per_class = 256;

struct FreeBlock {
    FreeBlock* next;
};

struct FreeList {
    FreeBlock* first = nullptr;
    std::uint32_t count = 0;
};

enum class Phase : std::uint8_t { untouched, alive, gone };

// Trivially destructible, so that objects which outlive the thread's other locals can still free
// their blocks.
struct Pool {
    std::array<FreeList, classes> lists{};
    Phase phase = Phase::untouched;
};

constinit thread_local Pool pool;

struct Janitor {
    ~Janitor() {
        pool.phase = Phase::gone;
        for (auto& list : pool.lists) {
            while (list.first != nullptr) {
                auto* block = list.first;
                list.first = block->next;
                ::operator delete(block);
            }
            list.count = 0;
        }
    }
};

void start_keeping() {
    static thread_local Janitor janitor;
    static_cast<void>(janitor);
    pool.phase = Phase::alive;
}

constexpr std::size_t class_of(std::size_t size) {
    return (size + granule - 1) / granule - 1;
}

}  // namespace

void* allocate(std::size_t size) {
    const auto index = class_of(size);
    if (index >= classes) {
        return ::operator new(size);
    }
    auto& list = pool.lists[index];
    if (auto* block = list.first) {
        list.first = block->next;
        --list.count;
        return block;
    }
    return ::operator new((index + 1) * granule);
}

void deallocate(void* block, std::size_t size) noexcept {
    const auto index = class_of(size);
    if (index >= classes || pool.phase == Phase::gone) {
        ::operator delete(block);
        return;
    }
    if (pool.phase == Phase::untouched) {
        start_keeping();
    }
    auto& list = pool.lists[index];
    if (list.count == keep_per_class) {
        ::operator delete(block);
        return;
    }
    list.first = ::new (block) FreeBlock{list.first};
    ++list.count;
}

#endif

}  // namespace tornado::concurrent::frame_pool
