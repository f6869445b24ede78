#include "tornado/iostream/buffer.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "block_pool.hpp"

namespace tornado::iostream {

namespace {

constexpr std::size_t keep_blocks = 512;

BlockPool<keep_blocks>& pool() noexcept {
    static thread_local BlockPool<keep_blocks> blocks;
    return blocks;
}

}  // namespace

BufferBlock::BufferBlock(std::size_t capacity) {
    if (capacity > std::numeric_limits<std::uint32_t>::max()) {
        throw std::bad_alloc{};
    }
    void* memory = capacity == usual_capacity ? pool().take() : nullptr;
    if (memory == nullptr) {
        memory = ::operator new(sizeof(Head) + capacity);
    }
    head_ = ::new (memory) Head{1, static_cast<std::uint32_t>(capacity)};
}

void BufferBlock::free(Head* head) noexcept {
    if (head->capacity != usual_capacity || !pool().keep(head)) {
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
