#include "failing_calls.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

int watch_error = 0;
int chmod_error = 0;
int recv_calls = 0;

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

extern "C" ssize_t recv(int fd, void* into, size_t size, int flags) {
    ++recv_calls;
    return ::syscall(SYS_recvfrom, fd, into, size, flags, nullptr, nullptr);
}
