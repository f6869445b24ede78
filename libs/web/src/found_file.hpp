#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/web/static_content.hpp"
#include "tornado/web/static_file_options.hpp"

namespace tornado::web {

/// What tells a file from all others, and from itself as it was.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified = 0;  ///< nanoseconds since 1970; as is `changed`, which nobody can set
    std::int64_t changed = 0;

    FileIdentity() = default;
    explicit FileIdentity(const struct stat& status) noexcept;
    bool operator==(const FileIdentity&) const = default;
};

/// What stands at a path.
struct FoundFile {
    enum class Kind : std::uint8_t { file, directory, missing, forbidden, other, outside };

    /// The file compressed beside it, if it is there.
    struct Encoded {
        FileIdentity identity = {};
        StaticContentRef content = {};  ///< null: there is none
    };
    static constexpr std::array<std::string_view, 2> encodings{"br", "gzip"};
    static constexpr std::array<std::string_view, 2> endings{".br", ".gz"};

    Kind kind = Kind::missing;
    FileIdentity identity = {};
    StaticContentRef content = {};  ///< of a file
    std::array<Encoded, 2> encoded = {};
};

using FoundFileRef = std::shared_ptr<const FoundFile>;

/// Looks what stands at `path`, and opens it, or reads it if it is small. Returns `known` when that
/// is still right. Waits for the disk: for an executor. Never throws but std::bad_alloc.
[[nodiscard]] FoundFileRef find_file(
    const std::string& root,
    const std::string& path,
    const StaticFileOptions& options,
    const FoundFileRef& known
);

}  // namespace tornado::web
