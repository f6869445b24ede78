// How a client's connection sends requests, and how it ends.
#include "tornado/http1connection/client_connection.hpp"

#include <array>
#include <charconv>
#include <stdexcept>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/token.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/log.hpp"

namespace tornado::http1connection {

using httputil::Errc;
using httputil::HTTPHeaders;
using httputil::HTTPInputError;
using httputil::HTTPOutputError;
using httputil::KnownHeader;

namespace {

/// Pieces up to this size are copied behind what is there already.
constexpr std::size_t most_copied = 16 * 1024;

/// Whether it is free of what would end it on the wire, and is not empty.
bool is_target(std::string_view text) noexcept {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) {
            return false;
        }
    }
    return !text.empty();
}

/// A short one, as most are, is put together first: each append() costs more than its bytes.
void append_start_line(std::string& out, std::string_view method, std::string_view target) {
    constexpr std::string_view version = " HTTP/1.1\r\n";
    std::array<char, 128> line;
    if (method.size() + target.size() + version.size() >= line.size()) {
        out.append(method).append(" ").append(target).append(version);
        return;
    }
    auto* end = line.data();
    end += method.copy(end, method.size());
    *end++ = ' ';
    end += target.copy(end, target.size());
    end += version.copy(end, version.size());
    out.append(line.data(), end);
}

void append_chunk_size(std::string& out, std::size_t size) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
    out.append(digits.data(), end).append("\r\n");
}

Future<void> closed_stream() {
    return Future<void>::failed(std::make_exception_ptr(iostream::StreamClosedError{})).ignore();
}

}  // namespace

ClientConnectionRef HTTP1ClientConnection::open(iostream::StreamRef stream) {
    return ClientConnectionRef{new HTTP1ClientConnection{std::move(stream)}};
}

HTTP1ClientConnection::HTTP1ClientConnection(iostream::StreamRef stream)
    : stream_{std::move(stream)} {
    flow_.connection = this;
    flow_.run = [](concurrent::Task& task) {
        auto& flow = static_cast<Flow&>(task);
        flow.place = concurrent::Waiter::Place::nowhere;
        const auto connection = ClientConnectionRef::adopt(flow.connection);
        connection->go_on(std::exchange(connection->awaited_, Future<void>::ready()));
    };
    flow_.discard = [](concurrent::Task& task) noexcept {
        auto& flow = static_cast<Flow&>(task);
        flow.place = concurrent::Waiter::Place::nowhere;
        flow.connection->release();
    };
    prepare<&HTTP1ClientConnection::take_turn>(turn_);
    prepare<&HTTP1ClientConnection::send_gathered>(sending_);
    stream_->set_engine(this);
    stream_->set_nodelay(true);
}

HTTP1ClientConnection::~HTTP1ClientConnection() {
    shut();
}

// The request

void HTTP1ClientConnection::begin_request(std::string_view method, std::string_view target) {
    if (phase_ != Phase::idle || stream_->closed()) {
        throw std::logic_error{
            closed() || stream_->closed()
                ? "the connection is closed: open another"
                : "the former exchange is not over: a request may follow when is_reusable() holds"};
    }
    if (!httputil::is_token(method) || !is_target(target)) {
        throw HTTPOutputError{
            "the request's method is no token, or its target is empty or holds a space or a "
            "control character"};
    }
}

void HTTP1ClientConnection::decide_framing(const HTTPHeaders& headers) {
    const bool has_length = headers.contains(KnownHeader::content_length);
    request_chunked_ = headers.contains(KnownHeader::transfer_encoding);
    output_remaining_ = 0;
    if (has_length) {
        const auto length = httputil::content_length(headers);
        if (length.has_error() || request_chunked_ ||
            headers.count(KnownHeader::content_length) > 1) {
            throw HTTPOutputError{
                "the request's length is contradictory or no number: send one Content-Length, or "
                "one Transfer-Encoding"};
        }
        output_remaining_ = *length;
    } else if (request_chunked_) {
        if (headers.get(KnownHeader::transfer_encoding) != "chunked") {
            throw HTTPOutputError{"the only Transfer-Encoding that a request can have is chunked"};
        }
    } else {
        const std::string_view method = method_;
        request_chunked_ = method == "POST" || method == "PUT" || method == "PATCH";
    }
}

void HTTP1ClientConnection::append_head(
    std::string_view method,
    std::string_view target,
    const HTTPHeaders& headers
) {
    begin_request(method, target);
    if (method_ != method) {
        method_ = method;
    }
    decide_framing(headers);
    keeps_alive_ = true;
    asks_for_upgrade_ = false;
    if (headers.contains(KnownHeader::connection)) {
        keeps_alive_ = !httputil::has_list_member(headers, KnownHeader::connection, "close");
        asks_for_upgrade_ = headers.contains(KnownHeader::upgrade) &&
                            httputil::has_list_member(headers, KnownHeader::connection, "upgrade");
    }
    phase_ = Phase::head;
    request_done_ = response_begun_ = false;
    sent_before_ = stream_->sent_total();
    interim_responses_ = 0;
    error_ = nullptr;
    auto& out = stream_->output();
    append_start_line(out, method, target);
    headers.append_to(out);
    const bool says_so = headers.contains(KnownHeader::transfer_encoding);
    out.append(request_chunked_ && !says_so ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
}

void HTTP1ClientConnection::append_body(std::string_view chunk) {
    if (chunk.empty()) {
        return;
    }
    count_output(chunk.size());
    auto& out = stream_->output();
    if (request_chunked_) {
        append_chunk_size(out, chunk.size());
    }
    if (chunk.size() <= most_copied) {
        out.append(chunk);
    } else {
        stream_->append_block(std::string{chunk});
    }
    if (request_chunked_) {
        stream_->output().append("\r\n");
    }
}

void HTTP1ClientConnection::count_output(std::size_t size) {
    if (request_chunked_) {
        return;
    }
    if (size > output_remaining_) {
        fail_output("Tried to write more data than Content-Length");
    }
    output_remaining_ -= size;
}

void HTTP1ClientConnection::end_request() {
    if (!request_chunked_ && output_remaining_ != 0) {
        fail_output("Tried to finish a request that is shorter than its Content-Length");
    }
    if (request_chunked_) {
        stream_->output().append("0\r\n\r\n");
    }
    request_done_ = true;
}

void HTTP1ClientConnection::fail_output(const char* what) {
    const HTTPOutputError error{what};
    fail(std::make_exception_ptr(error));
    throw error;
}

Future<void> HTTP1ClientConnection::write_headers(
    std::string_view method,
    std::string_view target,
    const HTTPHeaders& headers,
    std::string_view chunk
) {
    const ClientConnectionRef alive{this};
    append_head(method, target, headers);
    append_body(chunk);
    send_soon();
    return when_writable();
}

Future<void> HTTP1ClientConnection::write(std::string chunk) {
    if (phase_ == Phase::closed) {
        return closed_stream();
    }
    if (request_done_) {
        throw HTTPOutputError{"no request is being written: write_headers() comes before write()"};
    }
    const ClientConnectionRef alive{this};
    if (chunk.size() <= most_copied) {
        append_body(chunk);
    } else {
        count_output(chunk.size());
        if (request_chunked_) {
            append_chunk_size(stream_->output(), chunk.size());
        }
        stream_->append_block(std::move(chunk));
        if (request_chunked_) {
            stream_->output().append("\r\n");
        }
    }
    send_soon();
    return when_writable();
}

void HTTP1ClientConnection::finish() {
    if (phase_ == Phase::closed) {
        return;
    }
    if (request_done_) {
        throw HTTPOutputError{"no request is being written: finish() comes once"};
    }
    const ClientConnectionRef alive{this};
    end_request();
    send_soon();
}

void HTTP1ClientConnection::send_request(
    std::string_view method,
    std::string_view target,
    const HTTPHeaders& headers,
    std::string_view body
) {
    const ClientConnectionRef alive{this};
    append_head(method, target, headers);
    append_body(body);
    end_request();
    send_soon();
}

Future<void> HTTP1ClientConnection::when_writable() {
    if (stream_->unsent() <= high_water) {
        return Future<void>::ready();
    }
    return writers_.emplace_back().future().ignore();
}

void HTTP1ClientConnection::resume_writers(bool is_closed) noexcept {
    for (auto& writer : std::exchange(writers_, {})) {
        if (is_closed) {
            writer.set_exception(iostream::StreamClosedError{});
        } else {
            writer.set_result();
        }
    }
}

template <void (HTTP1ClientConnection::*function)()>
void HTTP1ClientConnection::prepare(OwnTask& task) noexcept {
    task.connection = this;
    task.run = [](concurrent::Task& run) {
        auto& own = static_cast<OwnTask&>(run);
        own.queued = false;
        const auto connection = ClientConnectionRef::adopt(own.connection);
        try {
            (connection.get()->*function)();
        } catch (...) {
            connection->fail(std::current_exception());
        }
    };
    task.discard = [](concurrent::Task& discarded) noexcept {
        auto& own = static_cast<OwnTask&>(discarded);
        own.queued = false;
        own.connection->release();
    };
}

/// What has gathered in this turn of the loop goes out together, at its end, behind what the other
/// connections have to do: building and sending in turns, each request would find the processor's
/// caches full of the other's code.
void HTTP1ClientConnection::send_soon() noexcept {
    if (!sending_.queued) {
        sending_.queued = true;
        retain();
        concurrent::Scheduler::current().schedule_last(sending_);
    }
}

void HTTP1ClientConnection::send_gathered() {
    if (phase_ != Phase::closed && phase_ != Phase::tunnel && !dying_) {
        stream_->flush();
        on_sent();
    }
}

void HTTP1ClientConnection::next_turn() noexcept {
    if (!turn_.queued) {
        turn_.queued = true;
        retain();
        concurrent::Scheduler::current().schedule(turn_);
    }
}

void HTTP1ClientConnection::take_turn() {
    if (phase_ == Phase::closed || phase_ == Phase::tunnel) {
        return;
    }
    if (dying_) {
        if (--dying_turns_ > 0) {
            next_turn();
            return;
        }
        peer_ended_ = true;
    }
    if (delegate_ != nullptr && (peer_ended_ || !stream_->input().empty())) {
        process();
    }
}

void HTTP1ClientConnection::on_sent() {
    if (!writers_.empty() && stream_->unsent() <= high_water) {
        resume_writers(false);
    }
}

// The end

void HTTP1ClientConnection::close() noexcept {
    const ClientConnectionRef alive{this};
    shut();
    delegate_ = nullptr;
    on_close_.reset();
    if (auto promise = std::exchange(promise_, std::nullopt)) {
        promise->set_cancelled();
    }
}

/// Closes the stream; whoever writes is told.
void HTTP1ClientConnection::shut() noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    stream_->set_engine(nullptr);
    stream_->close();
    phase_ = Phase::closed;
    request_done_ = true;
    decoding_ = false;
    stop_waiting();
    resume_writers(true);
}

void HTTP1ClientConnection::fail(Errc error) noexcept {
    log::gen_log().info("Malformed HTTP response: ", make_error_code(error).message());
    fail(std::make_exception_ptr(HTTPInputError{error}));
}

void HTTP1ClientConnection::fail_closed(std::error_code error) noexcept {
    if (!error) {
        error = make_error_code(response_begun_ ? Errc::incomplete_message : Errc::no_response);
    }
    fail(std::make_exception_ptr(iostream::StreamClosedError{error}));
}

void HTTP1ClientConnection::fail(std::exception_ptr error) noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    const ClientConnectionRef alive{this};
    error_ = std::move(error);
    auto promise = std::exchange(promise_, std::nullopt);
    auto* const delegate = std::exchange(delegate_, nullptr);
    shut();
    if (delegate != nullptr) {
        try {
            delegate->on_connection_close();
        } catch (...) {
            log::app_log().error(
                "Uncaught exception of a response's delegate: ",
                log::format_exception(std::current_exception())
            );
        }
    }
    if (promise) {
        promise->set_exception(error_);
    }
    tell_owner();
}

void HTTP1ClientConnection::tell_owner() noexcept {
    if (auto callback = std::exchange(on_close_, {})) {
        try {
            callback();
        } catch (...) {
            log::app_log().error(
                "Uncaught exception of a connection's close callback: ",
                log::format_exception(std::current_exception())
            );
        }
    }
}

iostream::StreamRef HTTP1ClientConnection::detach() {
    if (phase_ != Phase::tunnel) {
        throw std::logic_error{
            "only what a 101 response or a CONNECT has opened can be detached, and once"};
    }
    stream_->set_engine(nullptr);
    phase_ = Phase::closed;
    request_done_ = true;
    resume_writers(true);
    return stream_;
}

}  // namespace tornado::http1connection
