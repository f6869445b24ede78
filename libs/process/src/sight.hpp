#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tornado::process {

/// What tells a version of a file from the next, without reading it.
struct FileState {
    std::int64_t modified = 0;  ///< nanoseconds since 1970
    std::int64_t size = 0;
    bool operator==(const FileState&) const = default;
};

/// The state of a regular file, or nullopt when there is none.
[[nodiscard]] std::optional<FileState> state_of(const std::string& path);

/// A name in a directory that leads to a path: the file itself, or a folder or a link on the way to
/// it.
struct Place {
    std::string directory;
    std::string name;
    std::string path;
};

/// Why a directory is looked into.
enum class Interest : std::uint8_t {
    passing,   ///< for one name, on the way to a path
    one_name,  ///< for the last name, or for one that is a link or missing
    all_names
};
using Enter = std::function<void(const std::string& directory, Interest interest)>;

/// What there was at a path.
struct Sight {
    bool exists = false;
    /// The file at the path, or all regular files below it, by their paths.
    std::map<std::string, FileState> files;
    /// Where a change would change what is seen.
    std::vector<Place> places;

    [[nodiscard]] bool same_as(const Sight& other) const {
        return exists == other.exists && files == other.files;
    }
};

/// Looks at an absolute path: a file, or a directory with all below it, except what editors keep
/// there for themselves. Links are followed. What it cannot read is left out.
///
/// `enter` is called for each directory before it is looked into, so that whoever watches it from
/// then on misses nothing.
[[nodiscard]] Sight look(const std::string& path, const Enter& enter);

}  // namespace tornado::process
