#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "sockaddr.hpp"
#include "tornado/iostream/bind_sockets.hpp"

namespace tornado::netutil {

namespace {

[[noreturn]] void fail(const char* what, const Address& address) {
    const int error = errno;
    throw std::system_error{error, std::system_category(), what + address.to_string()};
}

void remove_old_socket(const Address& address) {
    const std::string file{address.path()};
    struct stat status {};
    if (::lstat(file.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) {
            throw std::invalid_argument{"the file " + file + " exists and is not a socket"};
        }
        ::unlink(file.c_str());
    } else if (errno != ENOENT) {
        fail("cannot listen on ", address);
    }
}

void open_to_others(const Socket& socket, const Address& address, unsigned mode, int backlog) {
    // Before it listens, nobody can connect: so nobody does with the mode that it is made with.
    const std::string file{address.path()};
    if (file.front() != '\0' && ::chmod(file.c_str(), static_cast<mode_t>(mode)) != 0) {
        fail("cannot change the mode of ", address);
    }
    if (::listen(socket.fileno(), backlog) != 0) {
        fail("cannot listen on ", address);
    }
}

}  // namespace

Socket bind_unix_socket(std::string_view file, unsigned mode, int backlog) {
    const auto address = Address::unix_path(file);
    const bool abstract = file.front() == '\0';
    if (!abstract) {
        remove_old_socket(address);
    }
    sockaddr_storage storage{};
    const auto size = static_cast<socklen_t>(to_sockaddr(address, storage));
    Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket ||
        ::bind(socket.fileno(), reinterpret_cast<const sockaddr*>(&storage), size) != 0) {
        fail("cannot listen on ", address);
    }
    try {
        open_to_others(socket, address, mode, backlog);
    } catch (...) {
        if (!abstract) {
            ::unlink(std::string{file}.c_str());
        }
        throw;
    }
    return socket;
}

}  // namespace tornado::netutil
