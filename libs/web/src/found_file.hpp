#pragma once

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/web/static_content.hpp"
#include "tornado/web/static_file_options.hpp"

namespace tornado::web {

/// A time since 1970, which may lie further away than nanoseconds can be counted.
struct FileTime {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;

    FileTime() = default;
    explicit FileTime(const timespec& time) noexcept;
    /// The same, or the nearest that the clock has.
    [[nodiscard]] std::chrono::system_clock::time_point on_the_clock() const noexcept;
    auto operator<=>(const FileTime&) const = default;
};

/// What tells a file from all others, and from itself as it was.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    std::uint64_t size = 0;
    FileTime modified = {};
    FileTime changed = {};  ///< which nobody can set

    FileIdentity() = default;
    explicit FileIdentity(const struct stat& status) noexcept;
    bool operator==(const FileIdentity&) const = default;
};

/// What stands at a path.
struct FoundFile {
    /// `unavailable`: the system could not tell, for want of descriptors or memory, or because the
    /// disk fails.
    enum class Kind : std::uint8_t {
        file,
        directory,
        missing,
        forbidden,
        other,
        outside,
        unavailable
    };

    /// The file compressed beside it, if it is there.
    struct Encoded {
        FileIdentity identity = {};
        StaticContentRef content = {};  ///< null: there is none
    };
    static constexpr std::array<std::string_view, 2> encodings{"br", "gzip"};
    static constexpr std::array<std::string_view, 2> endings{".br", ".gz"};

    Kind kind = Kind::missing;
    int error = 0;  ///< an errno, where it is unavailable
    FileIdentity identity = {};
    StaticContentRef content = {};  ///< of a file
    std::array<Encoded, 2> encoded = {};
};

using FoundFileRef = std::shared_ptr<const FoundFile>;

/// Looks what stands at `path`, and opens it, or reads it if it is small. Returns `known` when that
/// is still right. Where links may not lead out of the root, what is there beyond it and what is
/// not is the same: outside. Waits for the disk: for an executor. Never throws but std::bad_alloc.
[[nodiscard]] FoundFileRef find_file(
    const std::string& root,
    const std::string& path,
    const StaticFileOptions& options,
    const FoundFileRef& known
);

/// Whether find_file() would have to read a file that is larger than those it keeps in memory.
[[nodiscard]] bool takes_long_to_find(const std::string& path, const FoundFileRef& known) noexcept;

}  // namespace tornado::web
