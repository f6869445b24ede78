#include "tornado/iostream/output_queue.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/util/per_thread.hpp"

namespace tornado::iostream {

namespace {

/// Blocks smaller than this are copied behind the others: a piece of its own would cost more.
constexpr std::size_t block_threshold = 16 * 1024;
/// Tails that have grown beyond this are not kept for the next stream.
constexpr std::size_t most_kept_capacity = 64 * 1024;
/// What is read of a file at once.
constexpr std::size_t most_read = 64 * 1024;
/// So many blocks that have gone may stand before the others.
constexpr std::size_t most_gone = 16;

/// Empty strings with capacity: a tail is borrowed only while it holds something.
class TailPool {
public:
    /// False when it has none.
    bool take(std::string& into) noexcept {
        if (count_ == 0) {
            return false;
        }
        into = std::move(tails_[--count_]);
        return true;
    }
    /// False when it does not want it.
    bool give(std::string& tail) noexcept {
        if (count_ == tails_.size() || tail.capacity() > most_kept_capacity) {
            return false;
        }
        auto& kept = tails_[count_++] = std::move(tail);
        kept.clear();
        tail.clear();  // what is left of it
        return true;
    }

private:
    std::array<std::string, 64> tails_;
    std::size_t count_ = 0;
};

/// To the next stream, or it is freed.
void give_back(std::string& tail) noexcept {
    auto* const pool = util::PerThread<TailPool>::get();
    if (pool == nullptr || !pool->give(tail)) {
        std::string{}.swap(tail);
    }
}

}  // namespace

/// A block of bytes, its own or somebody else's, or a part of a file.
struct OutputQueue::Block {
    std::string own;
    const char* shared = nullptr;
    std::shared_ptr<const void> owner;
    netutil::Socket file;
    FilePart part{};  ///< what has not gone yet, whatever it is a part of
    bool was_tail = false;

    [[nodiscard]] bool is_file() const noexcept { return part.file >= 0; }
    [[nodiscard]] const char* data() const noexcept {
        return (shared != nullptr ? shared : own.data()) + part.offset;
    }
    void advance(std::size_t count) noexcept {
        part.offset += count;
        part.count -= count;
    }
};

struct OutputQueue::Blocks : concurrent::Pooled {
    std::vector<Block, concurrent::PoolAllocator<Block>> all;
    std::size_t first = 0;  ///< those before it have gone
    std::size_t in_files = 0;
};

OutputQueue::OutputQueue() noexcept = default;
OutputQueue::~OutputQueue() {
    give_tail_back();
}

void OutputQueue::take_tail() {
    auto* const pool = util::PerThread<TailPool>::get();
    if (pool == nullptr || !pool->take(tail_)) {
        tail_.reserve(tail_capacity);
    }
}

void OutputQueue::give_tail_back() noexcept {
    tail_sent_ = 0;
    if (tail_.capacity() < tail_capacity) {
        tail_.clear();  // none of ours
        return;
    }
    give_back(tail_);
}

// What comes in

/// The tail becomes a block of its own, so that another one can follow.
OutputQueue::Block& OutputQueue::add_block(std::size_t size) {
    if (blocks_ == nullptr) {
        blocks_ = std::make_unique<Blocks>();
        blocks_->all.reserve(2);  // the head of a response, and what follows
    }
    if (tail_.size() != tail_sent_) {
        auto& former = blocks_->all.emplace_back();
        former.part.offset = std::exchange(tail_sent_, 0);
        former.part.count = tail_.size() - former.part.offset;
        former.own = std::move(tail_);
        former.was_tail = true;
        tail_.clear();
        blocks_unsent_ += former.part.count;
    }
    auto& block = blocks_->all.emplace_back();
    block.part.count = size;
    blocks_unsent_ += size;
    return block;
}

void OutputQueue::append(std::string block) {
    if (block.size() < block_threshold) {
        tail().append(block);
        return;
    }
    add_block(block.size()).own = std::move(block);
}

void OutputQueue::append(std::string_view bytes, std::shared_ptr<const void> owner) {
    if (bytes.size() < block_threshold) {
        tail().append(bytes);
        return;
    }
    auto& added = add_block(bytes.size());
    added.owner = std::move(owner);
    added.shared = bytes.data();
}

void OutputQueue::append_file(netutil::Socket file, std::uint64_t offset, std::size_t count) {
    const int descriptor = file.fileno();
    append_file(descriptor, nullptr, offset, count);
    if (count != 0) {
        blocks_->all.back().file = std::move(file);
    }
}

void OutputQueue::append_file(
    int file,
    std::shared_ptr<const void> owner,
    std::uint64_t offset,
    std::size_t count
) {
    if (count == 0) {
        return;
    }
    auto& added = add_block(count);
    added.part.file = file;
    added.part.offset = offset;
    added.owner = std::move(owner);
    blocks_->in_files += count;
}

std::size_t OutputQueue::in_memory() const noexcept {
    return unsent() - (blocks_ != nullptr ? blocks_->in_files : 0);
}

// What goes out

std::size_t OutputQueue::next(std::span<iovec> pieces) const noexcept {
    std::size_t count = 0;
    const auto add = [&](const char* data, std::size_t size) {
        pieces[count++] = {const_cast<char*>(data), size};
    };
    if (blocks_ != nullptr) {
        for (auto i = blocks_->first; i < blocks_->all.size(); ++i) {
            const auto& block = blocks_->all[i];
            if (count == pieces.size() || block.is_file()) {
                return count;
            }
            add(block.data(), block.part.count);
        }
    }
    if (tail_.size() > tail_sent_ && count < pieces.size()) {
        add(tail_.data() + tail_sent_, tail_.size() - tail_sent_);
    }
    return count;
}

const OutputQueue::FilePart* OutputQueue::first_block_as_file() const noexcept {
    const auto& block = blocks_->all[blocks_->first];
    return block.is_file() ? &block.part : nullptr;
}

void OutputQueue::mark_sent(std::size_t count) noexcept {
    sent_total_ += count;
    if (blocks_ != nullptr) {
        count -= mark_blocks_sent(count);
    }
    tail_sent_ += count;
    if (tail_sent_ == tail_.size()) {
        give_tail_back();
    } else if (tail_sent_ > most_kept_capacity && tail_sent_ > tail_.size() / 2) {
        // The rest moves to the front at most once for each byte sent.
        tail_.erase(0, tail_sent_);
        tail_sent_ = 0;
    }
}

std::size_t OutputQueue::mark_blocks_sent(std::size_t count) noexcept {
    auto& [all, first, in_files] = *blocks_;
    count = std::min(count, blocks_unsent_);
    blocks_unsent_ -= count;
    for (auto left = count; left != 0;) {
        auto& block = all[first];
        const auto part = std::min(left, block.part.count);
        block.advance(part);
        left -= part;
        if (block.is_file()) {
            in_files -= part;
        }
        if (block.part.count == 0) {
            if (block.was_tail) {
                give_back(block.own);
            }
            block = Block{};
            ++first;
        }
    }
    if (first == all.size()) {
        blocks_.reset();
    } else if (first > most_gone && first > all.size() / 2) {
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first));
        first = 0;
    }
    return count;
}

std::error_code OutputQueue::read_file() {
    auto& [all, first, in_files] = *blocks_;
    const auto part = all[first].part;
    Block bytes;
    bytes.own.resize(std::min(part.count, most_read));
    ssize_t count = 0;
    do {
        count =
            ::pread(part.file, bytes.own.data(), bytes.own.size(), static_cast<off_t>(part.offset));
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return {errno, std::system_category()};
    }
    if (count == 0) {
        return StreamErrc::file_too_short;
    }
    bytes.part.count = static_cast<std::size_t>(count);
    in_files -= bytes.part.count;
    all[first].advance(bytes.part.count);
    if (all[first].part.count == 0) {
        all[first] = std::move(bytes);
    } else {
        all.insert(all.begin() + static_cast<std::ptrdiff_t>(first), std::move(bytes));
    }
    return {};
}

void OutputQueue::clear() noexcept {
    blocks_.reset();
    blocks_unsent_ = 0;
    give_tail_back();
}

}  // namespace tornado::iostream
