#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tornado/iostream/socket.hpp"

struct iovec;

namespace tornado::iostream {

/// What shall be sent, in order: bytes gathered in one string, large blocks that are not copied,
/// and parts of files.
///
/// It says what comes next and is told how much of that has gone; it sends nothing itself.
class OutputQueue {
public:
    OutputQueue() noexcept;
    OutputQueue(const OutputQueue&) = delete;
    OutputQueue& operator=(const OutputQueue&) = delete;
    ~OutputQueue();

    /// A part of a file that comes next.
    struct FilePart {
        int file = -1;
        std::uint64_t offset;
        std::size_t count;
    };

    /// Where to append small things. Its memory is borrowed from a pool while it holds something.
    [[nodiscard]] std::string& tail() {
        if (tail_.empty() && tail_.capacity() < tail_capacity) {
            take_tail();
        }
        return tail_;
    }
    /// Appends a block, which is copied only when it is small.
    void append(std::string block);
    /// The same for bytes that `owner` keeps; it is held until they have gone.
    void append(std::string_view bytes, std::shared_ptr<const void> owner);
    void append_file(netutil::Socket file, std::uint64_t offset, std::size_t count);
    void append_file(
        int file,
        std::shared_ptr<const void> owner,
        std::uint64_t offset,
        std::size_t count
    );

    /// Bytes that have not gone yet, those of files among them.
    [[nodiscard]] std::size_t unsent() const noexcept {
        return (tail_.size() - tail_sent_) + blocks_unsent_;
    }
    /// Those of them that take memory.
    [[nodiscard]] std::size_t in_memory() const noexcept;
    /// All bytes that have gone since the beginning.
    [[nodiscard]] std::uint64_t sent_total() const noexcept { return sent_total_; }

    /// The bytes that come next, up to the next file, as pieces for one call of the system; how
    /// many pieces these are.
    [[nodiscard]] std::size_t next(std::span<iovec> pieces) const noexcept;
    /// The part of a file that comes next; null when bytes do, or nothing.
    [[nodiscard]] const FilePart* next_file() const noexcept {
        return blocks_ == nullptr ? nullptr : first_block_as_file();
    }
    /// `count` bytes of what comes next have gone.
    void mark_sent(std::size_t count) noexcept;
    /// Reads some of the file that comes next, for those who can send only bytes: these come next
    /// then. Fails with StreamErrc::file_too_short at the end of the file.
    [[nodiscard]] std::error_code read_file();

    /// Drops everything.
    void clear() noexcept;

private:
    struct Block;
    struct Blocks;

    static constexpr std::size_t tail_capacity = 4096 - 64;

    [[nodiscard]] const FilePart* first_block_as_file() const noexcept;
    void take_tail();
    void give_tail_back() noexcept;
    Block& add_block(std::size_t size);
    std::size_t mark_blocks_sent(std::size_t count) noexcept;

    std::string tail_;  ///< the bytes gathered last, behind blocks_
    std::size_t tail_sent_ = 0;
    std::unique_ptr<Blocks> blocks_;  ///< made for the first block, gone with the last
    std::size_t blocks_unsent_ = 0;
    std::uint64_t sent_total_ = 0;
};

}  // namespace tornado::iostream
