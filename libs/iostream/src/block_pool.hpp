#pragma once

#include <cstddef>
#include <new>

namespace tornado::iostream {

/// Free blocks of one size, a thread's own, last in first out so that the one handed out is warm in
/// the cache.
template <std::size_t most>
class BlockPool {
public:
    BlockPool() noexcept = default;
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;
    ~BlockPool() {
        closed_ = true;
        while (auto* block = take()) {
            ::operator delete(block);
        }
    }

    /// A block, or null.
    void* take() noexcept {
        auto* block = first_;
        if (block != nullptr) {
            first_ = block->next;
            --count_;
        }
        return block;
    }

    /// False when there are enough: the caller frees it.
    bool keep(void* block) noexcept {
        if (count_ >= most || closed_) {
            return false;
        }
        first_ = ::new (block) Node{first_};
        ++count_;
        return true;
    }

private:
    struct Node {
        Node* next;
    };
    Node* first_ = nullptr;
    std::size_t count_ = 0;
    bool closed_ = false;
};

}  // namespace tornado::iostream
