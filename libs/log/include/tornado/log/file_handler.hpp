#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tornado/log/formatter.hpp"
#include "tornado/log/handler.hpp"

namespace tornado::log {

/// Appends each record to a file, by one write(2).
///
/// Ownership: owns the open file and the formatter (a LogFormatter without colours by default).
/// Errors: the constructor throws std::system_error, with the path, when the file cannot be opened;
/// emit() when it cannot be written. Mirrors `logging.FileHandler`.
class FileHandler : public Handler {
public:
    explicit FileHandler(std::string path, std::unique_ptr<Formatter> formatter = nullptr);
    ~FileHandler() override;

    void emit(const Record& record) final;
    void capture(Record& record) const final;

protected:
    /// Called, one call at a time, before `line` is written: the place to rotate.
    virtual void before_write(const Record& record, std::string_view line);

    /// Goes on in a fresh file at path(). If that cannot be opened, goes on in the present one:
    /// nothing is lost.
    void reopen();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The bytes in the present file; 0 when it is no regular file.
    [[nodiscard]] std::size_t size() const noexcept;

private:
    std::string path_;
    std::unique_ptr<Formatter> formatter_;
    std::mutex mutex_;
    int fd_;
    bool torn_ = false;  // the last line was cut short by an error
};

}  // namespace tornado::log
