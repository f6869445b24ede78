#include "tornado/log/file_handler.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>

#include "dispatch.hpp"
#include "line_output.hpp"
#include "tornado/util/absolute_path.hpp"

namespace tornado::log {

namespace {

int open_to_append(const std::string& path) {
    return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
}

/// Keeps other processes, but no thread, from locking the file, until its end or until the file is
/// closed.
class FileLock {
public:
    explicit FileLock(const int& fd) : fd_{fd}, locked_{fd}, result_{set(F_WRLCK)} {}
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() {
        if (result_ == 0 && fd_ == locked_) {
            set(F_UNLCK);
        }
    }

    /// What cannot be locked at all, a pipe say, nobody else has locked.
    [[nodiscard]] bool is_held_by_another() const noexcept {
        return result_ == EACCES || result_ == EAGAIN;
    }

private:
    int set(short type) const noexcept {
        struct flock all {};
        all.l_type = type;
        all.l_whence = SEEK_SET;
        return ::fcntl(locked_, F_SETLK, &all) == 0 ? 0 : errno;
    }

    const int& fd_;  ///< another file's by then, perhaps
    const int locked_;
    const int result_;
};

std::unique_ptr<Formatter> formatter_or_default(std::unique_ptr<Formatter> formatter) {
    if (formatter == nullptr) {
        LogFormatterOptions options;
        options.color = false;
        formatter = std::make_unique<LogFormatter>(std::move(options));
    }
    return formatter;
}

}  // namespace

FileHandler::FileHandler(std::string path, std::unique_ptr<Formatter> formatter)
    : path_{util::absolute_path(path)},
      formatter_{formatter_or_default(std::move(formatter))},
      fd_{open_to_append(path_)} {
    if (fd_ < 0) {
        throw std::system_error{
            errno, std::generic_category(), "cannot open the log file " + path_};
    }
}

FileHandler::~FileHandler() {
    ::close(fd_);
}

void FileHandler::emit(const Record& record) {
    auto lines = lines_of(record, *formatter_, 0);
    const std::lock_guard lock{mutex_};
    const auto lost_before = unsaid();  // one thread says it
    if (lost_before != 0) {
        lines = lines_of(record, *formatter_, lost_before);
    }
    before_write(record, lines);
    if (const auto error = write_lines(fd_, std::move(lines), torn_)) {
        throw std::system_error{error, "cannot write the log file " + path_};
    }
    said(lost_before);
}

void FileHandler::capture(Record& record) const {
    formatter_->capture(record);
}

void FileHandler::before_write(const Record&, std::string_view) {}

FileHandler::Rotation FileHandler::rotate_once(const std::function<bool()>& rotate) {
    const FileLock lock{fd_};
    if (lock.is_held_by_another()) {
        return Rotation::busy;
    }
    if (is_at_path()) {
        return rotate() ? Rotation::done : Rotation::failed;
    }
    if (!reopen()) {
        complain("cannot be begun afresh");
        return Rotation::failed;
    }
    return Rotation::done;
}

/// Whether nobody has moved or removed the file.
bool FileHandler::is_at_path() const noexcept {
    struct stat ours {};
    struct stat there {};
    return ::fstat(fd_, &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

bool FileHandler::set_aside(const std::string& backup) {
    if (std::rename(path_.c_str(), backup.c_str()) != 0) {
        return complain("cannot be renamed to " + backup);
    }
    if (!reopen()) {
        const int why = errno;
        std::rename(backup.c_str(), path_.c_str());  // where the next attempt looks for it
        errno = why;
        return complain("cannot be begun afresh");
    }
    return true;
}

/// Goes on in the file at path(); false, and errno, when it cannot be opened.
bool FileHandler::reopen() {
    const int fresh = open_to_append(path_);
    if (fresh < 0) {
        return false;
    }
    ::close(std::exchange(fd_, fresh));
    torn_ = has_complained_ = false;
    return true;
}

/// False. Says why the log goes on in the present file, unless it has said so already.
bool FileHandler::complain(std::string_view what) {
    const auto why = std::generic_category().message(errno);
    if (!std::exchange(has_complained_, true)) {
        report_trouble(
            "The log file " + path_ + ' ' + std::string{what} + ": " + why +
            ". The log goes on in the present one."
        );
    }
    return false;
}

std::size_t FileHandler::size() const noexcept {
    struct stat status {};
    const bool regular = ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
    return regular ? static_cast<std::size_t>(status.st_size) : 0;
}

}  // namespace tornado::log
