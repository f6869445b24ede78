#include "exchange.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "connection.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_date.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/iostream/tls_session.hpp"
#include "tornado/util/per_thread.hpp"

namespace tornado::http1connection {

using httputil::HTTPHeaders;
using httputil::HTTPOutputError;
using httputil::KnownHeader;

/// Exchanges that wait for their next request, a thread's own.
class ExchangePool {
public:
    ~ExchangePool() {
        for (auto* exchange : free_) {
            delete exchange;
        }
    }

    Exchange* take() {
        if (free_.empty()) {
            return new Exchange;
        }
        auto* exchange = free_.back();
        free_.pop_back();
        return exchange;
    }

    void give(Exchange* exchange) noexcept {
        if (!concurrent::frame_pool::enabled || free_.size() == most) {
            delete exchange;
            return;
        }
        free_.reserve(most);
        free_.push_back(exchange);
    }

private:
    static constexpr std::size_t most = 256;
    std::vector<Exchange*> free_;
};

namespace {

/// Bodies up to this size are copied behind their head, so that both are one piece.
constexpr std::size_t most_copied_body = 16 * 1024;

/// Throws when the status line could not be read as one.
void check_start_line(int status, std::string_view reason) {
    if (status < 200 || status > 999) {
        throw HTTPOutputError{
            "a response's status is 200 to 999, unlike " + std::to_string(status)};
    }
    for (const char c : reason) {
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
            throw HTTPOutputError{"the response's reason holds a control character"};
        }
    }
}

/// Whether the fields that delimit a body must not come with it (RFC 9110, 8.6; RFC 9112, 6.1).
bool has_no_framing(int status, const httputil::Target& target) noexcept {
    return status == 204 ||
           (target.form == httputil::Target::Form::authority && status >= 200 && status < 300);
}

void append_number(std::string& out, std::uint64_t number, int base = 10) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    out.append(digits.data(), end);
}

}  // namespace

concurrent::StateRef<Exchange> Exchange::take(HTTP1ServerConnection& connection) {
    auto* const pool = util::PerThread<ExchangePool>::get();
    auto* const exchange = pool != nullptr ? pool->take() : new Exchange;
    exchange->connection_ = &connection;
    exchange->set_began(connection.input_came());
    exchange->peer_ = connection.peer();
    exchange->protocol_ = connection.parameters().protocol;
    exchange->max_body_size_ = connection.parameters().max_body_size;
    exchange->body_timeout =
        static_cast<std::uint64_t>(connection.parameters().body_timeout.count());
    exchange->set_handler_timeout(connection.parameters().handler_timeout);
    exchange->set_timed_out(false);
    return concurrent::StateRef<Exchange>{exchange};
}

std::chrono::steady_clock::time_point Exchange::now() const noexcept {
    return ioloop::IOLoop::current().time();
}

void Exchange::dispose() noexcept {
    clear();
    if (auto* const pool = util::PerThread<ExchangePool>::get()) {
        pool->give(this);
    } else {
        delete this;
    }
}

void Exchange::clear() noexcept {
    delegate.reset();
    head.clear();
    target = {};
    framing = {};
    block = {};
    piece = {};
    if (decoder_used) {
        decoder->reset();
        decoder_used = false;
    }
    writers_.clear();
    connection_ = nullptr;
    remote_ip_.clear();
    expected_ = 0;
    body_remaining = received_since = 0;
    told_of_close = false;
    length_known_ = chunked_ = begun_ = done_ = upgraded_ = false;
    keep_alive_ = true;
}

void Exchange::set_origin(std::string remote_ip, std::string_view protocol) {
    if (!remote_ip.empty()) {
        remote_ip_ = std::move(remote_ip);
    }
    if (!protocol.empty()) {
        protocol_ = protocol;
    }
}

// The response

Future<void> Exchange::write_headers(
    int status,
    std::string_view reason,
    const HTTPHeaders& headers,
    std::string_view chunk
) {
    check_unbegun();
    if (closed()) {
        return Future<void>::failed(std::make_exception_ptr(iostream::StreamClosedError{}))
            .ignore();
    }
    begin(status, reason, headers, std::nullopt);
    if (!chunk.empty()) {
        count_output(chunk.size());
        auto& out = connection_->stream().output();
        write_chunk_size(out, chunk.size());
        out.append(chunk);
        if (chunked_) {
            out.append("\r\n");
        }
    }
    connection_->output_added();
    return when_writable();
}

void Exchange::send_response(
    int status,
    std::string_view reason,
    const HTTPHeaders& headers,
    std::string&& body
) {
    check_unbegun();
    if (closed()) {
        return;
    }
    begin(status, reason, headers, body.size());
    if (is_head()) {
        end();
        return;
    }
    count_output(body.size());
    if (body.size() <= most_copied_body) {
        connection_->stream().output().append(body);
    } else {
        connection_->stream().append_block(std::move(body));
    }
    end();
}

void Exchange::begin(
    int status,
    std::string_view reason,
    const HTTPHeaders& headers,
    std::optional<std::size_t> whole_body
) {
    check_start_line(status, reason);
    const bool framed = headers.contains(KnownHeader::content_length) ||
                        headers.contains(KnownHeader::transfer_encoding);
    const bool no_framing = has_no_framing(status, target);
    if (framed && (no_framing || status == 205)) {
        auto others = headers;
        others.remove(KnownHeader::content_length);
        others.remove(KnownHeader::transfer_encoding);
        begin(status, reason, others, whole_body);
        return;
    }
    decide_framing(status, headers);
    const bool announce_length =
        !framed && !no_framing && status != 304 && (whole_body || status == 205);
    if (announce_length && !length_known_) {
        chunked_ = false;
        length_known_ = true;
        expected_ = *whole_body;
    } else if (whole_body && length_known_ && !is_head() && expected_ != *whole_body) {
        throw HTTPOutputError{
            "the response's body is not as long as its Content-Length, or must be empty"};
    }
    begun_ = true;
    if (target.form == httputil::Target::Form::authority && status < 300) {
        keep_alive_ = false;  // what follows belongs to a tunnel, and there is none
    }
    const bool request_read =
        framing.body == httputil::MessageFraming::Body::none || connection_->request_read();
    keep_alive_ = keep_alive_ && framing.keep_alive && !is_delimited_by_close() && request_read &&
                  connection_->may_keep_alive();

    auto& out = connection_->stream().output();
    append_status_line(out, status, reason);
    headers.append_to(out);
    if (!headers.contains(KnownHeader::date)) {
        out.append("Date: ").append(httputil::present_http_date()).append("\r\n");
    }
    if (announce_length) {
        out.append("Content-Length: ");
        append_number(out, status == 205 ? 0 : *whole_body);
        out.append("\r\n");
    }
    if (chunked_) {
        out.append("Transfer-Encoding: chunked\r\n");
    }
    append_connection_field(out, headers);
    out.append("\r\n");
}

void Exchange::append_status_line(std::string& out, int status, std::string_view reason) {
    if (status == 200 && reason.empty()) {
        out.append("HTTP/1.1 200 OK\r\n");
        return;
    }
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::uint64_t>(status));
    out.push_back(' ');
    out.append(reason.empty() ? httputil::reason_phrase(status) : reason);
    out.append("\r\n");
}

void Exchange::append_connection_field(std::string& out, const HTTPHeaders& headers) {
    const bool has_field = headers.contains(KnownHeader::connection);
    if (!keep_alive_) {
        // Whatever else the field says: the list counts as a whole.
        if (!has_field || !httputil::has_list_member(headers, KnownHeader::connection, "close")) {
            out.append("Connection: close\r\n");
        }
    } else if (head.version_minor == 0 && !has_field) {
        out.append("Connection: Keep-Alive\r\n");
    }
}

void Exchange::decide_framing(int status, const HTTPHeaders& headers) {
    length_known_ = chunked_ = false;
    if (httputil::has_list_member(headers, KnownHeader::connection, "close")) {
        keep_alive_ = false;
    }
    const bool encoded = headers.contains(KnownHeader::transfer_encoding);
    if (encoded && head.version_minor == 0) {
        throw HTTPOutputError{
            "a client of HTTP/1.0 knows no Transfer-Encoding: send the body plainly"};
    }
    if (headers.contains(KnownHeader::content_length)) {
        const auto length = httputil::content_length(headers);
        if (length.has_error() || encoded || headers.count(KnownHeader::content_length) > 1) {
            throw HTTPOutputError{
                "the response's length is contradictory or no number: send one Content-Length, or "
                "one Transfer-Encoding"};
        }
        length_known_ = true;
        expected_ = *length;
    }
    if (status == 304 || status == 205 || has_no_framing(status, target) || is_head()) {
        length_known_ = true;
        expected_ = 0;
    }
    chunked_ = !length_known_ && !encoded && head.version_minor != 0;
}

void Exchange::count_output(std::size_t size) {
    if (!length_known_) {
        return;
    }
    if (size > expected_) {
        fail("Tried to write more data than Content-Length");
    }
    expected_ -= size;
}

void Exchange::write_chunk_size(std::string& out, std::size_t size) {
    if (chunked_) {
        append_number(out, size, 16);
        out.append("\r\n");
    }
}

/// False when the connection has gone; throws when it is not the time for a piece of the body.
bool Exchange::can_write() const {
    if (done_) {
        throw HTTPOutputError{"the response is finished: write before finish()"};
    }
    if (!closed() && !begun_) {
        throw HTTPOutputError{"write_headers() comes before write()"};
    }
    return !closed();
}

Future<void> Exchange::write(std::string chunk) {
    if (!can_write()) {
        return Future<void>::failed(std::make_exception_ptr(iostream::StreamClosedError{}))
            .ignore();
    }
    if (!chunk.empty()) {
        count_output(chunk.size());
        auto& stream = connection_->stream();
        write_chunk_size(stream.output(), chunk.size());
        stream.append_block(std::move(chunk));
        if (chunked_) {
            stream.output().append("\r\n");
        }
        connection_->output_added();
    }
    return when_writable();
}

Future<void> Exchange::write_file(
    int file,
    std::uint64_t offset,
    std::size_t count,
    std::shared_ptr<const void> owner
) {
    if (!can_write()) {
        return Future<void>::failed(std::make_exception_ptr(iostream::StreamClosedError{}))
            .ignore();
    }
    if (count != 0) {
        if (file < 0) {
            throw std::system_error{EBADF, std::system_category(), "cannot send the file"};
        }
        netutil::Socket own;
        if (owner == nullptr) {
            own = netutil::Socket{::fcntl(file, F_DUPFD_CLOEXEC, 0)};
            if (!own) {
                throw std::system_error{errno, std::system_category(), "cannot send the file"};
            }
        }
        count_output(count);
        auto& stream = connection_->stream();
        write_chunk_size(stream.output(), count);
        if (owner != nullptr) {
            stream.append_file(file, std::move(owner), offset, count);
        } else {
            stream.append_file(std::move(own), offset, count);
        }
        if (chunked_) {
            stream.output().append("\r\n");
        }
        connection_->output_added();
    }
    return when_writable();
}

void Exchange::finish() {
    if (done_) {
        throw HTTPOutputError{"the response is finished already: finish() comes once"};
    }
    if (closed()) {
        return;
    }
    if (!begun_) {
        throw HTTPOutputError{"write_headers() comes before finish()"};
    }
    if (length_known_ && expected_ != 0) {
        fail("Tried to finish a response that is shorter than its Content-Length");
    }
    if (chunked_) {
        connection_->stream().output().append("0\r\n\r\n");
    }
    end();
}

Future<void> Exchange::when_sent() {
    if (done_) {
        throw HTTPOutputError{"the response has ended: ask when_sent() before finish()"};
    }
    if (closed()) {
        return Future<void>::failed(std::make_exception_ptr(iostream::StreamClosedError{}))
            .ignore();
    }
    if (sent_ == nullptr) {
        sent_ = std::make_unique<SentWaiter>();
    }
    return sent_->promise.future().ignore();
}

void Exchange::end() {
    const httputil::ExchangeRef alive{this};
    done_ = true;
    if (sent_ != nullptr) {
        connection_->tell_when_sent(std::move(sent_));
    }
    connection_->exchange_done(*this);
}

void Exchange::abort() noexcept {
    if (!closed()) {
        connection_->give_up();
    }
}

void Exchange::fail(const char* what) {
    Exchange::abort();
    throw HTTPOutputError{what};
}

Future<void> Exchange::when_writable() {
    if (!connection_->output_is_full()) {
        return Future<void>::ready();
    }
    return writers_.emplace_back().future().ignore();
}

void Exchange::check_unbegun() const {
    if (begun_) {
        throw HTTPOutputError{"the response has begun already: its head can be written once"};
    }
}

void Exchange::resume_writers(bool is_closed) {
    if (writers_.empty()) {
        return;
    }
    for (auto& writer : std::exchange(writers_, {})) {
        if (is_closed) {
            writer.set_exception(iostream::StreamClosedError{});
        } else {
            writer.set_result();
        }
    }
}

std::optional<netutil::SSLCertificate> Exchange::get_ssl_certificate() const {
    const auto* const tls = connection_ != nullptr ? connection_->stream().tls() : nullptr;
    return tls != nullptr ? tls->peer_certificate() : std::nullopt;
}

}  // namespace tornado::http1connection
