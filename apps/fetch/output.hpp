#pragma once

#include <cstdio>
#include <string>

/// Where a body goes: standard output, or a file.
///
/// A regular file is replaced only when its new content is whole, until when that stands beside it
/// in another one, whose name ends in ".part".
class Output {
public:
    /// No name: standard output.
    explicit Output(std::string name) : name_{std::move(name)} {}
    ~Output();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// Throws std::system_error, as write() and close() do.
    void open();
    void write(const std::string& piece);
    /// All is written.
    void close();
    [[nodiscard]] bool is_file() const noexcept { return !name_.empty(); }
    /// Where what was written before a failure is left; empty: nowhere.
    [[nodiscard]] std::string left_over() const { return file_ != nullptr ? part_ : ""; }

private:
    void check(bool done) const;

    std::string name_;
    std::string part_;  ///< empty: it is written to directly
    std::FILE* file_ = nullptr;
};
