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

IOStream& PipeIOStream::to_read() {
    if (!readable_) {
        throw std::logic_error{"this end of the pipe is for writing: read from its other end"};
    }
    return *this;
}

IOStream& PipeIOStream::to_write() {
    if (!writable_) {
        throw std::logic_error{"this end of the pipe is for reading: write to its other end"};
    }
    return *this;
}

Future<std::string> PipeIOStream::read_bytes(std::size_t count, bool partial) {
    return to_read().read_bytes(count, partial);
}
Future<std::size_t> PipeIOStream::read_into(std::span<char> into, bool partial) {
    return to_read().read_into(into, partial);
}
Future<std::string> PipeIOStream::read_until(std::string_view delimiter, std::size_t max_bytes) {
    return to_read().read_until(delimiter, max_bytes);
}
Future<std::string> PipeIOStream::read_until_regex(std::string_view regex, std::size_t max_bytes) {
    return to_read().read_until_regex(regex, max_bytes);
}
Future<std::string> PipeIOStream::read_until_close() {
    return to_read().read_until_close();
}
Future<void> PipeIOStream::write(std::string data) {
    return to_write().write(std::move(data));
}

}  // namespace tornado::iostream
