#pragma once

#include <array>
#include <cstddef>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TORNADO_POOLING 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define TORNADO_POOLING 0
#endif
#endif
#ifndef TORNADO_POOLING
#define TORNADO_POOLING 1
#endif

namespace tornado::concurrent {

/// A per-thread pool of small blocks: coroutine frames, promises, per-request objects.
///
/// Blocks come in classes of 64 bytes up to 2 KiB; larger ones go straight to the allocator. A
/// thread keeps at most 256 free blocks of a class. Under a sanitizer every block is a fresh one,
/// so that its misuse is seen.
///
/// Thread safety: any thread may free a block, and keeps it then.
namespace frame_pool {

/// Whether blocks, and other objects that are made for each request, are used again.
inline constexpr bool enabled = TORNADO_POOLING != 0;

namespace detail {

constexpr std::size_t granule = 64;
constexpr std::size_t classes = 32;
constexpr std::size_t keep_per_class = 256;

constexpr std::size_t class_of(std::size_t size) {
    return (size + granule - 1) / granule - 1;
}

/// The free blocks of a class, of which the last is used first. Empty and full at once before a
/// block of the class has been freed, and after the thread's end.
struct FreeList {
    void** top = nullptr;  ///< behind the last one
    void** bottom = nullptr;
    void** end = nullptr;
};

// Trivially destructible, so that objects which outlive the thread's other locals can still free
// their blocks.
inline constinit thread_local std::array<FreeList, classes> lists{};

[[nodiscard]] void* allocate_new(std::size_t size);
void deallocate_old(void* block, std::size_t size) noexcept;

}  // namespace detail

// What is called for every coroutine stands here, for the compiler to see through.

/// Throws std::bad_alloc.
[[nodiscard, gnu::always_inline]] inline void* allocate(std::size_t size) {
    if (const auto index = detail::class_of(size); enabled && index < detail::classes) {
        auto& list = detail::lists[index];
        if (auto** const top = list.top; top != list.bottom) {
            list.top = top - 1;
            return top[-1];
        }
    }
    return detail::allocate_new(size);
}

/// `size` is what allocate() was given.
[[gnu::always_inline]] inline void deallocate(void* block, std::size_t size) noexcept {
    if (const auto index = detail::class_of(size); enabled && index < detail::classes) {
        auto& list = detail::lists[index];
        if (auto** const top = list.top; top != list.end) {
            list.top = top + 1;
            *top = block;
            return;
        }
    }
    detail::deallocate_old(block, size);
}

}  // namespace frame_pool

/// A base for classes of which one is made for each request: their objects come from the pool.
struct Pooled {
    [[gnu::always_inline]] static void* operator new(std::size_t size) {
        return frame_pool::allocate(size);
    }
    [[gnu::always_inline]] static void operator delete(void* block, std::size_t size) noexcept {
        frame_pool::deallocate(block, size);
    }
    // What is aligned more strictly goes past the pool.
    static void* operator new(std::size_t size, std::align_val_t alignment) {
        return ::operator new(size, alignment);
    }
    static void operator delete(void* block, std::align_val_t alignment) noexcept {
        ::operator delete(block, alignment);
    }
};

/// For containers that are made for each request: up to 2 KiB come from the pool.
template <typename T>
struct PoolAllocator {
    using value_type = T;
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

    PoolAllocator() = default;
    template <typename U>
    PoolAllocator(const PoolAllocator<U>&) noexcept {}  // NOLINT: it is no conversion

    [[nodiscard]] T* allocate(std::size_t count) {
        return static_cast<T*>(frame_pool::allocate(count * sizeof(T)));
    }
    void deallocate(T* place, std::size_t count) noexcept {
        frame_pool::deallocate(place, count * sizeof(T));
    }
    bool operator==(const PoolAllocator&) const = default;
};

}  // namespace tornado::concurrent
