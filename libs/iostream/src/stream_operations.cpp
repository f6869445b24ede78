#include "stream_operations.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
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
/// The least memory of a caller that is filled directly: for less, a system call of its own would
/// cost more than copying.
constexpr std::size_t least_direct = 8192;
constexpr auto until_close = static_cast<std::size_t>(-1);
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
    if (reading()) {
        read_more();
    } else {
        listen_for_close();
    }
}

// Reading

Future<std::string> IOStream::Operations::read(ReadRequest request) {
    check_not_reading();
    request_.emplace(std::move(request));
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
    check_not_reading();
    request_.emplace(ReadRequest::into(into, partial));
    count_read_.emplace();
    auto future = count_read_->future();
    if (try_read()) {
        listen_for_close();
    } else {
        count_read_->on_cancel([this] {
            take_direct_input_back();
            request_.reset();
            count_read_.reset();
        });
        read_more();
    }
    return future;
}

void IOStream::Operations::check_not_reading() const {
    if (reading()) {
        throw std::logic_error{
            "Already reading: await the former read of this stream before the next"};
    }
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
    if (streaming_ != nullptr) {
        core_->start_reading(options_.read_chunk_size);
    } else if (!request_) {
        core_->start_reading(least_room);
    } else if (!read_directly()) {
        // Large reads get large room: input comes in chunks, not in the block of an idle
        // connection.
        const auto unread = core_->input().size();
        const auto room = std::max(request_->missing(unread), unread);
        const auto still_allowed =
            options_.max_buffer_size - std::min(unread, options_.max_buffer_size) + 1;
        core_->start_reading(
            std::clamp(room, least_room, options_.read_chunk_size),
            std::min(request_->worth_judging(unread), still_allowed)
        );
    }
}

// Reading into the caller's memory

bool IOStream::Operations::read_directly() {
    auto& input = core_->input();
    const auto target = request_->target();
    if (target.size() < input.size() + least_direct) {
        return false;
    }
    if (!input.empty()) {
        std::memcpy(target.data(), input.data(), input.size());
    }
    direct_ = input.size();
    input.consume(input.size());
    const auto rest = target.subspan(*direct_);
    core_->start_reading_into(rest, request_->is_partial() ? 1 : rest.size());
    return true;
}

bool IOStream::Operations::try_direct_read() {
    const auto target = request_->target();
    const auto filled = static_cast<std::size_t>(core_->end_reading_into() - target.data());
    direct_.reset();
    if (filled < target.size() && !request_->is_partial()) {
        direct_ = filled;  // it has more room than one reading takes
        const auto rest = target.subspan(filled);
        core_->start_reading_into(rest, rest.size());
        return false;
    }
    request_.reset();
    std::exchange(count_read_, std::nullopt)->set_result(filled);
    return true;
}

void IOStream::Operations::take_direct_input_back() {
    if (!direct_) {
        return;
    }
    direct_.reset();
    const auto target = request_->target();
    const auto filled = static_cast<std::size_t>(core_->end_reading_into() - target.data());
    if (filled != 0) {
        std::memcpy(core_->input().prepare(filled).data(), target.data(), filled);
        core_->input().commit(filled);
    }
}

// Reading piece by piece

Future<void> IOStream::Operations::read_streaming(std::size_t count, StreamingCallback callback) {
    check_not_reading();
    if (count == 0) {
        return Future<void>::ready();
    }
    auto call = stack_context::wrap(callback.release());
    streaming_.reset(new StreamingRead{this, count, std::move(call)});
    auto future = streaming_->promise.future();
    streaming_->promise.on_cancel([this] {
        std::exchange(streaming_, nullptr)->owner = nullptr;
        listen_for_close();
    });
    if (core_->input().empty() && !closed()) {
        read_more();
    } else {
        ioloop::IOLoop::current().add_callback([read = streaming_] {
            if (read->owner != nullptr) {
                read->owner->hand_out();
            }
        });
    }
    return future;
}

void IOStream::Operations::hand_out() {
    const auto read = streaming_;
    const StreamRef alive = core_;
    auto& input = core_->input();
    while (read->owner == this && !read->waits && read->left != 0 && !input.empty()) {
        const auto block = input.block();  // keeps the piece
        const auto piece = input.view().substr(0, read->left);
        input.consume(piece.size());
        read->left -= read->left == until_close ? 0 : piece.size();
        try {
            const auto started = read->callback(piece);
            if (started.done()) {
                started.result();
            } else {
                wait_for_callback(read, started);
            }
        } catch (...) {
            if (read->owner == this) {
                end_streaming(std::current_exception());
            } else {
                log::app_log().error(
                    "Uncaught exception in a streaming callback: ",
                    log::format_exception(std::current_exception())
                );
            }
            return;
        }
    }
    if (read->owner != this || read->waits) {
        return;
    }
    if (read->left == 0 || (closed() && read->left == until_close)) {
        end_streaming(nullptr);
    } else if (closed()) {
        end_streaming(std::make_exception_ptr(StreamClosedError{error_}));
    } else {
        read_more();
    }
}

void IOStream::Operations::wait_for_callback(
    std::shared_ptr<StreamingRead> read,
    const Future<void>& started
) {
    read->waits = true;
    started.add_done_callback([read = std::move(read)](const Future<void>& ended) {
        read->waits = false;
        if (read->owner == nullptr) {
            return;
        }
        if (ended.cancelled() || ended.exception() != nullptr) {
            const auto error = ended.exception();
            read->owner->end_streaming(
                error != nullptr ? error : std::make_exception_ptr(CancelledError{})
            );
        } else {
            read->owner->hand_out();
        }
    });
}

/// A failure that is not the stream's own closes it.
void IOStream::Operations::end_streaming(std::exception_ptr failure) {
    const auto read = std::exchange(streaming_, nullptr);
    read->owner = nullptr;
    if (failure == nullptr) {
        read->promise.set_result();
    } else {
        read->promise.set_exception(std::move(failure));
        close(StreamErrc::callback_failed);
    }
    if (closed()) {
        tell_closed();
    } else {
        listen_for_close();
    }
}

// What comes

void IOStream::Operations::listen_for_close() {
    // Unread input holds the end of the connection back, until somebody reads it.
    if (close_callback_ && !closed() && core_->input().empty()) {
        read_more();
    }
}

void IOStream::Operations::on_input() {
    if (streaming_ != nullptr) {
        hand_out();
    } else if (request_ && !(direct_ ? try_direct_read() : try_read())) {
        if (!direct_) {
            read_more();
        }
    } else {
        listen_for_close();
    }
}

void IOStream::Operations::on_end(std::error_code error) {
    if (error == std::errc::not_connected && (connecting_ || !reading())) {
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
    core_->append_file(std::move(file), offset, count.value_or(size - offset));
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

void IOStream::Operations::close(std::error_code reason) {
    if (closed()) {
        return;
    }
    error_ = reason;
    core_->close();
    if (request_) {
        take_direct_input_back();
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
