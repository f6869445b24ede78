#pragma once

#include <cstddef>
#include <functional>
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

    enum class Rotation : unsigned char {
        done,    ///< the file is another one now
        failed,  ///< it is the same, for as long as the next attempt would fail, too
        busy,    ///< another process is about it: to be asked for again at the next line
    };
    /// Calls `rotate`, which sets the file aside. Where processes share a file one of them does so:
    /// the others go on in the one that is at path() by then, as they do when a program such as
    /// logrotate has moved theirs.
    Rotation rotate_once(const std::function<bool()>& rotate);

    /// Gives the file the name `backup` and goes on in a fresh one at path(). If one of these
    /// cannot be, goes on in the present file, says so on stderr the first time, and returns false.
    bool set_aside(const std::string& backup);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The bytes in the present file; 0 when it is no regular file.
    [[nodiscard]] std::size_t size() const noexcept;

private:
    [[nodiscard]] bool is_at_path() const noexcept;
    bool reopen();
    bool complain(std::string_view what);

    std::string path_;
    std::unique_ptr<Formatter> formatter_;
    std::mutex mutex_;
    int fd_;
    bool torn_ = false;            // the last line was cut short by an error
    bool has_complained_ = false;  // of what set_aside() could not do
};

}  // namespace tornado::log
