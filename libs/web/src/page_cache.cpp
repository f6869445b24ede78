#include "page_cache.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "tornado/util/per_thread.hpp"

namespace tornado::web {

namespace {

using namespace std::chrono_literals;

constexpr auto good_for = 1s;
constexpr std::size_t block_size = 128 * 1024;  // what the kernel reads ahead together

/// Whether the kernel has this byte at hand.
bool is_there(int file, std::uint64_t at) noexcept {
    char byte = 0;
    iovec piece{&byte, 1};
    const auto got = ::preadv2(file, &piece, 1, static_cast<off_t>(at), RWF_NOWAIT);
    return got >= 0 || errno == EOPNOTSUPP;  // a file system in memory may not know the flag
}

/// Asks for one byte of each block, and for the last.
bool are_there(int file, std::uint64_t offset, std::uint64_t count) noexcept {
    for (std::uint64_t at = offset; at < offset + count; at += block_size) {
        if (!is_there(file, at)) {
            return false;
        }
    }
    return count == 0 || is_there(file, offset + count - 1);
}

/// Whether they own the same, though another object may have its address by now.
bool is_same(const std::weak_ptr<const StaticContent>& known, const StaticContentRef& content) {
    return !known.owner_before(content) && !content.owner_before(known);
}

}  // namespace

std::optional<std::size_t>
read_at(int file, char* into, std::size_t size, std::uint64_t offset) noexcept {
    std::size_t done = 0;
    while (done < size) {
        const auto count =
            ::pread(file, into + done, size - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return std::nullopt;
        }
        if (count == 0) {
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    return done;
}

PageCache* PageCache::of_this_thread() {
    return util::PerThread<PageCache>::get();
}

bool PageCache::has(const StaticContentRef& content, std::uint64_t offset, std::uint64_t count) {
    const auto now = ioloop::IOLoop::current().time();
    const auto hash = std::hash<const void*>{}(content.get()) / alignof(std::max_align_t);
    auto& piece = pieces_[(hash + offset / block_size) % pieces_.size()];
    const bool is_known = is_same(piece.content, content) && piece.offset == offset &&
                          piece.count == count && now - piece.seen_at < good_for;
    if (is_known) {
        return true;
    }
    if (!are_there(content->file.fileno(), offset, count)) {
        return false;
    }
    piece = {content, offset, count, now};
    return true;
}

void PageCache::load(const StaticContent& content, std::uint64_t offset, std::uint64_t count) {
    std::vector<char> block(block_size);
    while (count > 0) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(count, block.size()));
        const auto got = read_at(content.file.fileno(), block.data(), size, offset);
        if (!got || *got == 0) {
            return;
        }
        offset += *got;
        count -= *got;
    }
}

}  // namespace tornado::web
