#include "tornado/iostream/buffer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

#include "page_pool.hpp"
#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/util/per_thread.hpp"

namespace tornado::iostream {

namespace {

constexpr std::size_t keep_ready = 256;

struct ThreadPages : PagePool {
    ThreadPages() : PagePool{keep_ready} {}
};

void* take_page() {
    auto* const pool = util::PerThread<ThreadPages>::get();
    return pool != nullptr ? pool->take() : PagePool::map(1);
}

void give_page(void* page) noexcept {
    if (auto* const pool = util::PerThread<ThreadPages>::get()) {
        pool->give_back(page);
    } else {
        PagePool::unmap(page, 1);
    }
}

/// Where in its page a usual block begins. Blocks that all began at the same offset would compete
/// for the same few lines of the cache.
std::size_t offset_in(const void* page) noexcept {
    constexpr std::uintptr_t places = 8;
    constexpr std::size_t cache_line = 64;
    return (reinterpret_cast<std::uintptr_t>(page) / PagePool::page_size % places) * cache_line;
}

void* page_of(void* block) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    return static_cast<char*>(block) - address % PagePool::page_size;
}

// Under a sanitizer each block is a fresh one, so that its misuse is seen.
constexpr bool pooled(std::size_t capacity) noexcept {
    return concurrent::frame_pool::enabled && capacity == BufferBlock::usual_capacity;
}

}  // namespace

BufferBlock::BufferBlock(std::size_t capacity) {
    if (capacity > std::numeric_limits<std::uint32_t>::max()) {
        throw std::bad_alloc{};
    }
    void* memory = nullptr;
    if (pooled(capacity)) {
        void* page = take_page();
        memory = static_cast<char*>(page) + offset_in(page);
    } else {
        memory = ::operator new(sizeof(Head) + capacity);
    }
    head_ = ::new (memory) Head{1, static_cast<std::uint32_t>(capacity)};
}

void BufferBlock::free(Head* head) noexcept {
    if (pooled(head->capacity)) {
        give_page(page_of(head));
    } else {
        ::operator delete(head);
    }
}

std::span<char> InputBuffer::prepare(std::size_t least) {
    const auto unread = size();
    if (block_ && !block_.is_shared() && begin_ != 0 &&
        (unread == 0 || block_.capacity() - end_ < least)) {
        std::memmove(block_.data(), data(), unread);
        begin_ = 0;
        end_ = static_cast<std::uint32_t>(unread);
    }
    if (!block_ || block_.capacity() - end_ < least) {
        BufferBlock larger{std::max(BufferBlock::usual_capacity, unread + std::max(least, unread))};
        if (unread != 0) {
            std::memcpy(larger.data(), data(), unread);
        }
        block_ = std::move(larger);
        begin_ = 0;
        end_ = static_cast<std::uint32_t>(unread);
    }
    return {block_.data() + end_, block_.capacity() - end_};
}

}  // namespace tornado::iostream
