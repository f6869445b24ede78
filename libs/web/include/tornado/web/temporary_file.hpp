#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tornado::web {

/// A file with a name of its own that nobody else can read, removed with this object.
///
/// Every call may wait for the disk: make and fill large ones on an executor.
///
/// Ownership: owns the file. Thread safety: one thread at a time. Errors: std::system_error.
class TemporaryFile {
public:
    /// Makes an empty file in `folder`; empty: that of TMPDIR, or /tmp.
    explicit TemporaryFile(const std::string& folder = {});
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile();

    /// Where it is.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Open for reading and writing; opened again after close().
    [[nodiscard]] int fileno();
    /// Lets the descriptor go: many files may be kept without one.
    void close() noexcept;
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    /// Writes all of it behind what is there.
    void append(std::string_view data);
    /// Gives the file another name, for good: it is not removed any more. One that has this name
    /// already is replaced. Both must be on one file system.
    void move_to(const std::string& path);

private:
    std::string path_;
    int descriptor_;  ///< -1: closed
    std::uint64_t size_ = 0;
    bool kept_ = false;
};

}  // namespace tornado::web
