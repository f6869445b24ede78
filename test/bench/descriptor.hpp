#pragma once

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

/// Throws what the system call has said.
inline int check(int result, const char* call) {
    if (result < 0) {
        throw std::system_error{errno, std::generic_category(), call};
    }
    return result;
}

/// Whether a call that has failed may be made again later.
inline bool would_block() {
    return errno == EAGAIN || errno == EINTR;
}

/// A file descriptor and the duty to close it.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_{fd} {}
    Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_ = -1;
};
