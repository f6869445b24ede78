#include "stream_operations.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/tls_session.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::iostream {

namespace {

/// The least room for input worth a system call.
constexpr std::size_t least_room = 1024;
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
        core_->set_engine(nullptr);
    }
}

Future<void> IOStream::Operations::connect(const netutil::Address& address) {
    if (address.empty()) {
        throw std::invalid_argument{
            "connect() takes a numeric address: resolve the name of the host first"};
    }
    auto future = begin_connecting();
    core_->connect(
        address,
        [](void* owner, std::error_code error) {
            static_cast<Operations*>(owner)->connected(error);
        },
        this
    );
    return future;
}

Future<void> IOStream::Operations::wait_for_handshake() {
    if (!closed() && core_->tls() == nullptr) {
        throw std::logic_error{"the stream does not speak TLS: there is no handshake to wait for"};
    }
    if (!closed() && core_->tls()->handshake_done()) {
        return Future<void>::ready();
    }
    auto future = begin_connecting();
    core_->await_handshake(
        [](void* owner, std::error_code error) {
            static_cast<Operations*>(owner)->connected(error);
        },
        this
    );
    return future;
}

Future<void> IOStream::Operations::begin_connecting() {
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
    return connecting_->future();
}

void IOStream::Operations::connected(std::error_code error) {
    if (error) {
        close(error);
        return;
    }
    std::exchange(connecting_, std::nullopt)->set_result();
    core_->flush();
    on_sent();
    if (request_) {
        read_more();
    } else {
        listen_for_close();
    }
}

// Reading

Future<std::string> IOStream::Operations::read(ReadRequest request) {
    begin_read(std::move(request));
    string_read_.emplace();
    auto future = string_read_->future();
    if (try_read()) {
        listen_for_close();
    } else {
        string_read_->on_cancel([this] {
            request_.reset();
            string_read_.reset();
        });
        read_more();
    }
    return future;
}

Future<std::size_t> IOStream::Operations::read_into(std::span<char> into, bool partial) {
    begin_read(ReadRequest::into(into, partial));
    count_read_.emplace();
    auto future = count_read_->future();
    if (try_read()) {
        listen_for_close();
    } else {
        count_read_->on_cancel([this] {
            request_.reset();
            count_read_.reset();
        });
        read_more();
    }
    return future;
}

void IOStream::Operations::begin_read(ReadRequest request) {
    if (request_) {
        throw std::logic_error{
            "Already reading: await the former read of this stream before the next"};
    }
    request_.emplace(std::move(request));
}

bool IOStream::Operations::try_read() {
    const auto unread = core_->input().view();
    const auto answer = closed() ? request_->judge_at_end(unread) : request_->judge(unread);
    using Verdict = ReadRequest::Verdict;
    if (answer.verdict == Verdict::satisfied) {
        finish_read(answer.count);
    } else if (closed()) {
        fail_read();
    } else if (answer.verdict == Verdict::never) {
        log::gen_log().info("Unsatisfiable read, closing connection: no delimiter within max_bytes"
        );
        give_up(StreamErrc::unsatisfiable_read);
    } else if (answer.verdict == Verdict::too_complex) {
        log::gen_log().warning(
            "Closing connection: its input takes too many steps to search for the regular "
            "expression"
        );
        give_up(StreamErrc::regex_too_complex);
    } else if (unread.size() > options_.max_buffer_size) {
        log::gen_log().error(
            "Reached maximum read buffer size of ",
            options_.max_buffer_size,
            " bytes, closing connection"
        );
        give_up(StreamErrc::buffer_full);
    } else {
        return false;
    }
    return true;
}

void IOStream::Operations::give_up(StreamErrc reason) {
    error_ = reason;
    fail_read();
    close(reason);
}

void IOStream::Operations::finish_read(std::size_t count) {
    auto& input = core_->input();
    const auto target = request_->target();
    request_.reset();
    if (auto promise = std::exchange(count_read_, std::nullopt)) {
        if (count != 0) {
            std::memcpy(target.data(), input.data(), count);
            input.consume(count);
        }
        promise->set_result(count);
    } else if (auto string_promise = std::exchange(string_read_, std::nullopt)) {
        std::string bytes{input.view().substr(0, count)};
        input.consume(count);
        string_promise->set_result(std::move(bytes));
    }
}

void IOStream::Operations::fail_read() {
    request_.reset();
    if (auto promise = std::exchange(count_read_, std::nullopt)) {
        promise->set_exception(StreamClosedError{error_});
    }
    if (auto promise = std::exchange(string_read_, std::nullopt)) {
        promise->set_exception(StreamClosedError{error_});
    }
}

void IOStream::Operations::read_more() {
    if (connecting_) {
        return;
    }
    const auto room = request_ ? request_->missing(core_->input().size()) : 0;
    core_->start_reading(std::clamp(room, least_room, options_.read_chunk_size));
}

void IOStream::Operations::listen_for_close() {
    // Unread input holds the end of the connection back, until somebody reads it.
    if (close_callback_ && !closed() && core_->input().empty()) {
        read_more();
    }
}

void IOStream::Operations::on_input() {
    if (request_) {
        if (!try_read()) {
            // Large reads get large room: input comes in chunks, not in the block of an idle
            // connection.
            core_->start_reading(
                std::clamp(core_->input().size(), least_room, options_.read_chunk_size)
            );
            return;
        }
    }
    listen_for_close();
}

void IOStream::Operations::on_end(std::error_code error) {
    if (error == std::errc::not_connected && (connecting_ || !request_)) {
        return;  // the close callback was set before connect(), which looks again
    }
    if (!is_everyday(error)) {
        log::gen_log().warning(
            "Closing the connection of descriptor ", core_->fileno(), ": ", error.message()
        );
    }
    close(error);
}

// Writing

Future<void> IOStream::Operations::write(std::string data) {
    if (closed()) {
        throw StreamClosedError{error_};
    }
    if (options_.max_write_buffer_size != 0 &&
        core_->unsent() + data.size() > options_.max_write_buffer_size) {
        throw StreamBufferFullError{};
    }
    core_->append_block(std::move(data));
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

void IOStream::Operations::close(std::error_code reason) {
    if (closed()) {
        return;
    }
    error_ = reason;
    core_->close();
    if (request_) {
        try_read();
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
    } else if (!request_) {
        listen_for_close();
    }
}

void IOStream::Operations::release() {
    if (request_ || writing()) {
        throw std::logic_error{
            "the stream is busy: await its reads and writes before handing it over"};
    }
    core_->set_engine(nullptr);
    core_ = {};
}

}  // namespace tornado::iostream
