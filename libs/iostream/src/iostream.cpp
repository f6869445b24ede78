#include "tornado/iostream/iostream.hpp"

#include <sys/socket.h>

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

Future<void> IOStream::connect(const netutil::Address& address) {
    return operations().connect(address);
}
Future<std::string> IOStream::read_bytes(std::size_t count, bool partial) {
    return operations().read(ReadRequest::bytes(count, partial));
}
Future<std::size_t> IOStream::read_into(std::span<char> into, bool partial) {
    return operations().read_into(into, partial);
}
Future<std::string> IOStream::read_until(std::string_view delimiter, std::size_t max_bytes) {
    return operations().read(ReadRequest::until(delimiter, max_bytes));
}
Future<std::string> IOStream::read_until_regex(std::string_view regex, std::size_t max_bytes) {
    return operations().read(ReadRequest::until_regex(regex, max_bytes));
}
Future<std::string> IOStream::read_until_close() {
    return operations().read(ReadRequest::until_close());
}
Future<void> IOStream::write(std::string data) {
    return operations().write(std::move(data));
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

StreamRef IOStream::release() {
    if (operations_ != nullptr) {
        operations_->release();
        operations_.reset();
    }
    return std::exchange(core_, {});
}

}  // namespace tornado::iostream
