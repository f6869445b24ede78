#include "stream_operations.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <stdexcept>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/tls_session.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::iostream {

namespace {

/// A buffer of this size can still be doubled: see BufferBlock.
constexpr std::size_t most_buffered = (std::size_t{1} << 31) - 1;

/// Connections end like this every day; nobody wants to read of it.
bool is_everyday(std::error_code error) {
    return !error || error == std::errc::connection_reset ||
           error == std::errc::connection_aborted || error == std::errc::broken_pipe ||
           error == std::errc::timed_out;
}

}  // namespace

IOStream::Operations::Operations(StreamRef core, const StreamOptions& options)
    : core_{std::move(core)},
      options_{options} {
    options_.max_buffer_size = std::min(options_.max_buffer_size, most_buffered);
    options_.read_chunk_size =
        std::max(least_room, std::min(options_.read_chunk_size, options_.max_buffer_size / 2));
    core_->set_engine(this);
}

IOStream::Operations::~Operations() {
    if (core_) {
        close({});
        if (streaming_ != nullptr) {
            end_streaming(std::make_exception_ptr(StreamClosedError{error_}));
        }
        core_->set_engine(nullptr);
    }
}

/// `start` gets whom to tell. When it throws, nothing is begun.
template <typename F>
Future<void> IOStream::Operations::begin_connecting(F start) {
    if (connecting_) {
        throw std::logic_error{
            "Already connecting: await the former connect() or wait_for_handshake() of this "
            "stream"};
    }
    if (closed()) {
        throw StreamClosedError{error_};
    }
    connecting_.emplace();
    connecting_->on_cancel([this] { close(make_error_code(std::errc::operation_canceled)); });
    auto future = connecting_->future();
    try {
        start([](void* owner, std::error_code error) {
            static_cast<Operations*>(owner)->connected(error);
        });
    } catch (...) {
        connecting_.reset();
        throw;
    }
    return future;
}

Future<void> IOStream::Operations::connect(const netutil::Address& address) {
    if (address.empty()) {
        throw std::invalid_argument{
            "connect() takes a numeric address: resolve the name of the host first"};
    }
    return begin_connecting([&](auto told) { core_->connect(address, told, this); });
}

Future<void> IOStream::Operations::wait_for_handshake() {
    if (!closed() && core_->tls() == nullptr) {
        throw std::logic_error{"the stream does not speak TLS: there is no handshake to wait for"};
    }
    if (!closed() && core_->tls()->handshake_done()) {
        return Future<void>::ready();
    }
    return begin_connecting([this](auto told) { core_->await_handshake(told, this); });
}

void IOStream::Operations::connected(std::error_code error) {
    if (error) {
        close(error);
        return;
    }
    std::exchange(connecting_, std::nullopt)->set_result();
    core_->flush();
    on_sent();
    if (reading()) {
        read_more();
    } else {
        listen_for_close();
    }
}

// Writing

void IOStream::Operations::check_writable(std::size_t size) const {
    if (closed()) {
        throw StreamClosedError{error_};
    }
    if (options_.max_write_buffer_size != 0 &&
        core_->unsent_in_memory() + size > options_.max_write_buffer_size) {
        throw StreamBufferFullError{};
    }
}

Future<void> IOStream::Operations::write(std::string data) {
    check_writable(data.size());
    core_->append_block(std::move(data));
    return send();
}

Future<void> IOStream::Operations::write(std::string_view data, std::shared_ptr<const void> owner) {
    check_writable(data.size());
    core_->append_shared(data, std::move(owner));
    return send();
}

Future<void> IOStream::Operations::write_file(
    netutil::Socket file,
    std::uint64_t offset,
    std::optional<std::size_t> count
) {
    check_writable(0);
    struct stat status {};
    if (::fstat(file.fileno(), &status) != 0) {
        throw std::system_error{errno, std::system_category(), "cannot send the file"};
    }
    if (!S_ISREG(status.st_mode)) {
        throw std::invalid_argument{
            "write_file() sends regular files: read from others, and write what they give"};
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (offset > size) {
        throw std::invalid_argument{
            "write_file() cannot begin at " + std::to_string(offset) + " of a file of " +
            std::to_string(size) + " bytes"};
    }
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();  // of any file
    core_->append_file(
        std::move(file),
        offset,
        std::min<std::uint64_t>(count.value_or(size - offset), most - offset)
    );
    return send();
}

/// Sends what is queued. The future is done when it has gone.
Future<void> IOStream::Operations::send() {
    if (!connecting_) {
        core_->flush();
    }
    if (core_->unsent() == 0) {
        return Future<void>::ready();
    }
    auto& pending = writes_.emplace_back(PendingWrite{core_->sent_total() + core_->unsent(), {}});
    return pending.promise.future().ignore();
}

void IOStream::Operations::on_sent() {
    while (!writes_.empty() && writes_.front().until <= core_->sent_total()) {
        auto promise = std::move(writes_.front().promise);
        writes_.pop_front();
        promise.set_result();
    }
}

// Closing

void IOStream::Operations::on_end(std::error_code error) {
    if (error == std::errc::not_connected && (connecting_ || (!reading() && writes_.empty()))) {
        return;  // the close callback was set before connect(), which looks again
    }
    if (!is_everyday(error)) {
        log::gen_log().warning(
            "Closing the connection of descriptor ", core_->fileno(), ": ", error.message()
        );
    }
    close(error);
}

void IOStream::Operations::close(std::error_code reason) {
    if (closed()) {
        return;
    }
    error_ = reason;
    core_->close();
    if (request_) {
        static_cast<void>(take_direct_input_back());  // what there is no memory for is lost
        try_read();
    } else if (streaming_ != nullptr && !streaming_->waits && core_->input().empty()) {
        hand_out();
    }
    if (auto promise = std::exchange(connecting_, std::nullopt)) {
        promise->set_exception(StreamClosedError{error_});
    }
    for (auto& pending : std::exchange(writes_, {})) {
        pending.promise.set_exception(StreamClosedError{error_});
    }
    tell_closed();
}

void IOStream::Operations::tell_closed() {
    if (streaming_ != nullptr) {
        return;  // what is unread goes to its callback first
    }
    // No loop any more: the thread is ending.
    auto* loop = ioloop::IOLoop::current_or_null();
    if (close_callback_ && loop != nullptr) {
        loop->add_callback(std::exchange(close_callback_, nullptr));
    }
}

void IOStream::Operations::set_close_callback(util::UniqueFunction<void()> callback) {
    close_callback_ = stack_context::wrap(std::move(callback));
    if (closed()) {
        tell_closed();
    } else if (!reading()) {
        listen_for_close();
    }
}

void IOStream::Operations::release() {
    if (reading() || writing()) {
        throw std::logic_error{
            "the stream is busy: await its reads and writes before handing it over"};
    }
    core_->set_engine(nullptr);
    core_ = {};
}

}  // namespace tornado::iostream
