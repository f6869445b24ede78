#include "tornado/iostream/iostream.hpp"

#include <fcntl.h>

#include <cerrno>
#include <stdexcept>

#include "stream_operations.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::iostream {

IOStream::IOStream() noexcept = default;
IOStream::IOStream(netutil::Socket socket, StreamOptions options)
    : IOStream{StreamCore::open(ioloop::IOLoop::current(), std::move(socket)), options} {}
IOStream::IOStream(StreamRef core, StreamOptions options)
    : core_{std::move(core)},
      options_{options} {}
IOStream::IOStream(IOStream&&) noexcept = default;

IOStream& IOStream::operator=(IOStream&& other) noexcept {
    if (this != &other) {
        close();
        operations_ = std::move(other.operations_);
        core_ = std::move(other.core_);
        options_ = other.options_;
        readable_ = other.readable_;
        writable_ = other.writable_;
        needs_tls_ = other.needs_tls_;
    }
    return *this;
}

IOStream::~IOStream() {
    close();
}

IOStream::Operations& IOStream::operations() {
    if (operations_ == nullptr) {
        if (!core_) {
            throw StreamClosedError{};
        }
        operations_ = std::make_unique<Operations>(core_, options_);
    }
    return *operations_;
}

void IOStream::require_tls() const {
    if (needs_tls_ && tls() == nullptr && !closed()) {
        throw std::logic_error{
            "the stream is to speak TLS and has no connection: SSLIOStream::connect() it first"};
    }
}

Future<void> IOStream::connect(const netutil::Address& address) {
    require_tls();
    return operations().connect(address);
}
IOStream::Operations& IOStream::to_read() {
    if (!readable_) {
        throw std::logic_error{"this end of the pipe is for writing: read from its other end"};
    }
    require_tls();
    return operations();
}

IOStream::Operations& IOStream::to_write() {
    if (!writable_) {
        throw std::logic_error{"this end of the pipe is for reading: write to its other end"};
    }
    require_tls();
    return operations();
}

Future<std::string> IOStream::read_bytes(std::size_t count, bool partial) {
    return to_read().read(ReadRequest::bytes(count, partial));
}
Future<std::size_t> IOStream::read_into(std::span<char> into, bool partial) {
    return to_read().read_into(into, partial);
}
Future<std::string> IOStream::read_until(std::string_view delimiter, std::size_t max_bytes) {
    return to_read().read(ReadRequest::until(delimiter, max_bytes));
}
Future<std::string> IOStream::read_until_regex(std::string_view regex, std::size_t max_bytes) {
    return to_read().read(ReadRequest::until_regex(regex, max_bytes));
}
Future<std::string> IOStream::read_until_close() {
    return to_read().read(ReadRequest::until_close());
}
Future<void> IOStream::read_bytes(std::size_t count, StreamingCallback streaming_callback) {
    return to_read().read_streaming(count, std::move(streaming_callback));
}
Future<void> IOStream::read_until_close(StreamingCallback streaming_callback) {
    return to_read().read_streaming(Operations::until_close, std::move(streaming_callback));
}

Future<void> IOStream::write(std::string data) {
    return to_write().write(std::move(data));
}
Future<void> IOStream::write(std::string_view data, std::shared_ptr<const void> owner) {
    return to_write().write(data, std::move(owner));
}

Future<void> IOStream::write_file(
    const std::string& path,
    std::uint64_t offset,
    std::optional<std::size_t> count
) {
    netutil::Socket file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!file) {
        throw std::system_error{errno, std::system_category(), "cannot open " + path};
    }
    return to_write().write_file(std::move(file), offset, count);
}

Future<void>
IOStream::write_file(int file, std::uint64_t offset, std::optional<std::size_t> count) {
    netutil::Socket own{::fcntl(file, F_DUPFD_CLOEXEC, 0)};
    if (!own) {
        throw std::system_error{errno, std::system_category(), "cannot send the file"};
    }
    return to_write().write_file(std::move(own), offset, count);
}

void IOStream::close(std::error_code reason) {
    if (reason && !closed()) {
        operations();  // keep the reason
    }
    if (operations_ != nullptr) {
        operations_->close(reason);
    } else if (core_) {
        core_->close();
    }
}

bool IOStream::closed() const noexcept {
    return !core_ || core_->closed();
}
bool IOStream::reading() const noexcept {
    return operations_ != nullptr && operations_->reading();
}
bool IOStream::writing() const noexcept {
    return operations_ != nullptr && operations_->writing();
}
std::error_code IOStream::error() const noexcept {
    return operations_ != nullptr ? operations_->error() : std::error_code{};
}
void IOStream::set_close_callback(util::UniqueFunction<void()> callback) {
    operations().set_close_callback(std::move(callback));
}
void IOStream::set_nodelay(bool on) {
    if (!closed()) {
        core_->set_nodelay(on);
    }
}
int IOStream::fileno() const noexcept {
    return core_ ? core_->fileno() : -1;
}
netutil::Address IOStream::peer_address() const noexcept {
    return core_ ? core_->peer_address() : netutil::Address{};
}
netutil::Address IOStream::local_address() const noexcept {
    return core_ ? core_->local_address() : netutil::Address{};
}

StreamRef IOStream::release() {
    if (operations_ != nullptr) {
        operations_->release();
        operations_.reset();
    }
    return std::exchange(core_, {});
}

}  // namespace tornado::iostream
