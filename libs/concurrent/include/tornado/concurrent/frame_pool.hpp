#pragma once

#include <cstddef>

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
/// Thread safety: a block must be freed on the thread that took it.
namespace frame_pool {

/// Whether blocks, and other objects that are made for each request, are used again.
inline constexpr bool enabled = TORNADO_POOLING != 0;

/// Throws std::bad_alloc.
[[nodiscard]] void* allocate(std::size_t size);

/// `size` is what allocate() was given.
void deallocate(void* block, std::size_t size) noexcept;

}  // namespace frame_pool

/// A base for classes of which one is made for each request: their objects come from the pool.
struct Pooled {
    static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
    static void operator delete(void* block, std::size_t size) noexcept {
        frame_pool::deallocate(block, size);
    }
};

}  // namespace tornado::concurrent
