#include "failing_calls.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <functional>

int watch_error = 0;
int chmod_error = 0;
int open_error = 0;
int recv_calls = 0;
int sendfile_calls = 0;

static NotedBytes* noted = nullptr;

extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
    if (watch_error != 0 && operation == EPOLL_CTL_ADD) {
        errno = watch_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

extern "C" int chmod(const char* path, mode_t mode) noexcept {
    if (chmod_error != 0) {
        errno = chmod_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_fchmodat, AT_FDCWD, path, mode));
}

extern "C" int open(const char* path, int flags, ...) {
    std::va_list more;
    va_start(more, flags);
    const auto mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (open_error != 0) {
        errno = open_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

extern "C" ssize_t recv(int fd, void* into, size_t size, int flags) {
    ++recv_calls;
    const auto count = ::syscall(SYS_recvfrom, fd, into, size, flags, nullptr, nullptr);
    if (noted != nullptr && count > 0) {
        noted->received.emplace_back(static_cast<char*>(into), static_cast<std::size_t>(count));
    }
    return count;
}

extern "C" ssize_t send(int fd, const void* from, size_t size, int flags) {
    const auto count = ::syscall(SYS_sendto, fd, from, size, flags, nullptr, 0);
    if (noted != nullptr && count > 0) {
        noted->sent.emplace_back(static_cast<const char*>(from), static_cast<std::size_t>(count));
    }
    return count;
}

extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    const auto count = ::syscall(SYS_sendmsg, fd, message, flags);
    if (noted != nullptr && count > 0) {
        auto left = static_cast<std::size_t>(count);
        for (std::size_t i = 0; i < message->msg_iovlen && left != 0; ++i) {
            const auto& piece = message->msg_iov[i];
            const auto part = std::min(piece.iov_len, left);
            noted->sent.emplace_back(static_cast<const char*>(piece.iov_base), part);
            left -= part;
        }
    }
    return count;
}

extern "C" ssize_t sendfile(int out, int in, off_t* offset, size_t count) noexcept {
    ++sendfile_calls;
    return ::syscall(SYS_sendfile, out, in, offset, count);
}

namespace {

std::size_t bytes_within(std::string_view memory, const std::vector<std::string_view>& pieces) {
    const std::less_equal<> before;
    std::size_t count = 0;
    for (const auto& piece : pieces) {
        if (before(memory.data(), piece.data()) &&
            before(piece.data() + piece.size(), memory.data() + memory.size())) {
            count += piece.size();
        }
    }
    return count;
}

}  // namespace

NotedBytes::NotedBytes() {
    noted = this;
}
NotedBytes::~NotedBytes() {
    noted = nullptr;
}

std::size_t NotedBytes::sent_from(std::string_view memory) const {
    return bytes_within(memory, sent);
}
std::size_t NotedBytes::received_into(std::string_view memory) const {
    return bytes_within(memory, received);
}
