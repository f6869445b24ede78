#include "connect_calls.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <tornado/iostream/socket.hpp>

int socket_error = 0;
int watch_error = 0;

std::vector<std::string>& connect_calls() {
    static std::vector<std::string> calls;
    return calls;
}

extern "C" int connect(int descriptor, const sockaddr* to, socklen_t size) {
    if (to->sa_family == AF_INET || to->sa_family == AF_INET6) {
        const tornado::netutil::Address address{to};
        connect_calls().push_back(address.host() + " " + std::to_string(address.port()));
    }
    return static_cast<int>(::syscall(SYS_connect, descriptor, to, size));
}

extern "C" int socket(int family, int type, int protocol) {
    if (socket_error != 0) {
        errno = socket_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_socket, family, type, protocol));
}

extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
    if (watch_error != 0 && operation == EPOLL_CTL_ADD) {
        errno = watch_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}
