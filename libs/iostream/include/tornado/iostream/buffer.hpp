#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace tornado::iostream {

/// A block of memory for received bytes, shared by counting: whoever holds it can trust that its
/// filled part neither moves nor changes. Blocks of the usual size come from a per-thread pool.
class BufferBlock {
public:
    /// The usual size in bytes.
    static constexpr std::size_t usual_capacity = 4096 - 512;

    BufferBlock() noexcept = default;
    /// Throws std::bad_alloc, also for more than 4 GiB.
    explicit BufferBlock(std::size_t capacity);
    BufferBlock(const BufferBlock& other) noexcept : head_{other.head_} {
        if (head_ != nullptr) {
            ++head_->references;
        }
    }
    BufferBlock(BufferBlock&& other) noexcept : head_{std::exchange(other.head_, nullptr)} {}
    BufferBlock& operator=(BufferBlock other) noexcept {
        std::swap(head_, other.head_);
        return *this;
    }
    ~BufferBlock() {
        if (head_ != nullptr && --head_->references == 0) {
            free(head_);
        }
    }

    explicit operator bool() const noexcept { return head_ != nullptr; }
    [[nodiscard]] char* data() const noexcept { return reinterpret_cast<char*>(head_ + 1); }
    [[nodiscard]] std::size_t capacity() const noexcept {
        return head_ == nullptr ? 0 : head_->capacity;
    }
    [[nodiscard]] bool is_shared() const noexcept { return head_->references > 1; }

private:
    struct Head {
        std::uint32_t references;
        std::uint32_t capacity;
    };
    static void free(Head* head) noexcept;

    Head* head_ = nullptr;
};

/// The received bytes that nobody has consumed yet, in one piece.
///
/// Appending never moves bytes that somebody else shares: then the unread rest goes to a block of
/// its own.
class InputBuffer {
public:
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] bool empty() const noexcept { return end_ == begin_; }
    /// The first unread byte; there must be one.
    [[nodiscard]] char* data() noexcept { return block_.data() + begin_; }
    [[nodiscard]] std::string_view view() const noexcept {
        return block_ ? std::string_view{block_.data() + begin_, size()} : std::string_view{};
    }

    /// The block that holds view(), to keep it valid beyond the next change.
    [[nodiscard]] const BufferBlock& block() const noexcept { return block_; }

    /// Forgets the first `count` bytes, which stay where they are until the next prepare().
    void consume(std::size_t count) noexcept { begin_ += static_cast<std::uint32_t>(count); }

    /// Room for at least `least` more bytes, behind the unread ones.
    [[nodiscard]] std::span<char> prepare(std::size_t least);
    /// `count` bytes of that room have been filled.
    void commit(std::size_t count) noexcept { end_ += static_cast<std::uint32_t>(count); }

    /// Gives the memory back, if nothing is unread.
    void release() noexcept {
        if (empty()) {
            block_ = {};
            begin_ = end_ = 0;
        }
    }

private:
    BufferBlock block_;
    std::uint32_t begin_ = 0;
    std::uint32_t end_ = 0;
};

}  // namespace tornado::iostream
