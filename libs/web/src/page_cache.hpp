#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/web/static_content.hpp"

namespace tornado::web {

/// Reads until `size` bytes or the end of the file have come; how many. Nothing, with errno set,
/// when the file cannot be read. Waits for the disk.
[[nodiscard]] std::optional<std::size_t>
read_at(int file, char* into, std::size_t size, std::uint64_t offset) noexcept;

/// Which pieces of files are in the kernel's cache, so that sending them does not wait for the
/// disk.
///
/// The kernel is asked by a call for each 128 KiB, so its answer is taken for good for a second:
/// the kernel drops last what has just been used.
class PageCache {
public:
    /// This thread's; null once the thread has destroyed it.
    [[nodiscard]] static PageCache* of_this_thread();

    /// Whether these bytes of a content with a file are probably there.
    [[nodiscard]] bool
    has(const StaticContentRef& content, std::uint64_t offset, std::uint64_t count);
    /// Reads these bytes, so that they are there. For an executor.
    static void load(const StaticContent& content, std::uint64_t offset, std::uint64_t count);

private:
    /// A piece that was there.
    struct Piece {
        std::weak_ptr<const StaticContent> content = {};
        std::uint64_t offset = 0;
        std::uint64_t count = 0;
        ioloop::TimePoint seen_at{};
    };

    std::array<Piece, 64> pieces_;
};

}  // namespace tornado::web
