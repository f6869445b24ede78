#include "failing_watch.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

int watch_error = 0;
int eventfd_error = 0;

extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
    if (watch_error != 0 && operation == EPOLL_CTL_ADD) {
        errno = watch_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

extern "C" int eventfd(unsigned count, int flags) noexcept {
    if (eventfd_error != 0) {
        errno = eventfd_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_eventfd2, count, flags));
}
