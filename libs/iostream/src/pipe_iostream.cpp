#include "tornado/iostream/pipe_iostream.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "tornado/ioloop/ioloop.hpp"
#include "transport.hpp"

namespace tornado::iostream {

namespace {

using netutil::Socket;

[[noreturn]] void fail(const char* what) {
    throw std::system_error{errno, std::system_category(), what};
}

/// Whether one can wait for it. Only the kernel knows that of devices.
bool can_be_awaited(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) {
        fail("cannot make a stream of the descriptor");
    }
    if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) {
        return true;
    }
    const Socket epoll{::epoll_create1(EPOLL_CLOEXEC)};
    epoll_event event{};
    if (!epoll) {
        fail("epoll_create1");
    }
    return ::epoll_ctl(epoll.fileno(), EPOLL_CTL_ADD, descriptor, &event) == 0 || errno != EPERM;
}

StreamRef open(Socket descriptor) {
    if (!can_be_awaited(descriptor.fileno())) {
        throw std::invalid_argument{
            "a PipeIOStream is for pipes, FIFOs and terminals: files are always ready, read and "
            "write them directly"};
    }
    return StreamRef{
        new StreamCore{make_pipe_transport(ioloop::IOLoop::current(), std::move(descriptor))}};
}

}  // namespace

PipeIOStream::PipeIOStream(Socket descriptor, StreamOptions options)
    : IOStream{open(std::move(descriptor)), options} {
    const int access = ::fcntl(fileno(), F_GETFL) & O_ACCMODE;
    readable_ = access != O_WRONLY;
    writable_ = access != O_RDONLY;
}

PipeIOStream::PipeIOStream(int descriptor, StreamOptions options)
    : PipeIOStream{Socket{descriptor}, options} {}

}  // namespace tornado::iostream
