#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tornado/iostream/socket.hpp"

namespace tornado::web {

/// What a StaticFileHandler sends: bytes in memory, or an open file.
///
/// Ownership: owns the bytes, or closes the file. Thread safety: any number of threads, as it does
/// not change.
struct StaticContent {
    std::string bytes = {};     ///< unless there is a file
    netutil::Socket file = {};  ///< for what is too large to be kept in memory
    std::uint64_t size = 0;
    std::optional<std::chrono::system_clock::time_point> modified = {};
    /// Changes whenever the content does: the Etag, and the `v` of static URLs. Empty for none.
    std::string version = {};

    /// Content that is made by the program.
    [[nodiscard]] static std::shared_ptr<const StaticContent> of(
        std::string bytes,
        std::string version = {},
        std::optional<std::chrono::system_clock::time_point> modified = {}
    );
};

using StaticContentRef = std::shared_ptr<const StaticContent>;

}  // namespace tornado::web
