#include "sync_exchange.hpp"

#include <utility>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/httputil/responses.hpp"

namespace tornado::wsgi {

using httputil::HTTPOutputError;
using httputil::KnownHeader;

concurrent::StateRef<SyncExchange> SyncExchange::make(const WSGIRequest& request) {
    concurrent::StateRef<SyncExchange> exchange{new SyncExchange};
    exchange->set_began(std::chrono::steady_clock::now());
    exchange->remote_ip_ = request.remote_ip.empty() ? "0.0.0.0" : request.remote_ip;
    exchange->protocol_ = request.protocol == "https" ? "https" : "http";
    return exchange;
}

void SyncExchange::dispose() noexcept {
    if (has_gone_ != nullptr) {
        *has_gone_ = true;
    }
    delete this;
}

std::shared_ptr<const bool> SyncExchange::has_gone() {
    if (has_gone_ == nullptr) {
        has_gone_ = std::make_shared<bool>(false);
    }
    return has_gone_;
}

void SyncExchange::set_origin(std::string remote_ip, std::string_view protocol) {
    if (!remote_ip.empty()) {
        remote_ip_ = std::move(remote_ip);
    }
    if (!protocol.empty()) {
        protocol_ = protocol;
    }
}

void SyncExchange::begin(
    int status,
    std::string_view reason,
    const httputil::HTTPHeaders& headers
) {
    if (begun_) {
        throw HTTPOutputError{"the response has begun already: its head can be written once"};
    }
    if (status < 200 || status > 999) {
        throw HTTPOutputError{
            "a response's status is 200 to 999, unlike " + std::to_string(status)};
    }
    response_.status = status;
    response_.reason = reason.empty() ? httputil::reason_phrase(status) : reason;
    response_.headers = headers;
    begun_ = true;
}

Future<void> SyncExchange::write_headers(
    int status,
    std::string_view reason,
    const httputil::HTTPHeaders& headers,
    std::string_view chunk
) {
    if (!over_) {
        begin(status, reason, headers);
        response_.body.append(chunk);
    }
    return Future<void>::ready();
}

void SyncExchange::send_response(
    int status,
    std::string_view reason,
    const httputil::HTTPHeaders& headers,
    std::string&& body
) {
    if (!over_) {
        begin(status, reason, headers);
        response_.body = std::move(body);
        end();
    }
}

Future<void> SyncExchange::write(std::string /*chunk*/) {
    throw HTTPOutputError{
        "flush() before finish() needs a loop: a WSGI server gets the response as a whole. Leave "
        "it out, or serve the application with an HTTPServer"};
}

/// A large one stays where it is until the server wants it.
Future<void> SyncExchange::write_file(
    int file,
    std::uint64_t offset,
    std::size_t count,
    std::shared_ptr<const void> /*owner*/
) {
    constexpr std::size_t large = 65'536;
    if (over_ || count == 0) {
        return Future<void>::ready();
    }
    WSGIFile part{file, offset, count};
    if (count > large || !response_.files.empty()) {
        response_.files.push_back(std::move(part));
        return Future<void>::ready();
    }
    while (part.size() != 0) {
        response_.body.append(part.read(count));
    }
    return Future<void>::ready();
}

void SyncExchange::finish() {
    if (!over_) {
        end();
    }
}

/// Makes body and length agree.
void SyncExchange::end() {
    over_ = true;
    auto& [status, reason, headers, body, files] = response_;
    const bool bodyless = status == 204 || status == 205 || status == 304;
    if (bodyless || head.method == "HEAD") {
        body.clear();
        files.clear();
    }
    std::uint64_t size = body.size();
    for (const auto& file : files) {
        size += file.size();
    }
    if (status == 204) {
        headers.remove(KnownHeader::content_length);
    } else if (!headers.contains(KnownHeader::content_length)) {
        if (status != 304 && head.method != "HEAD") {
            headers.add_unchecked(KnownHeader::content_length, std::to_string(size));
        }
    } else if (!bodyless && head.method != "HEAD") {
        const auto length = httputil::content_length(headers);
        if (length.has_error() || *length != size) {
            answer(500);
            throw HTTPOutputError{"the response is not as long as its Content-Length"};
        }
    }
}

void SyncExchange::abort() noexcept {
    if (!over_) {
        answer(500);
    }
}

void SyncExchange::answer(int status) {
    over_ = true;
    const auto line = std::to_string(status) + ": " + std::string{httputil::reason_phrase(status)};
    response_ = {};
    response_.status = status;
    response_.reason = httputil::reason_phrase(status);
    if (head.method != "HEAD") {
        response_.body = "<html><title>" + line + "</title><body>" + line + "</body></html>";
    }
    response_.headers.add("Content-Type", "text/html; charset=UTF-8");
    response_.headers.add("Content-Length", std::to_string(response_.body.size()));
}

WSGIResponse SyncExchange::take_response() {
    // These are the server's business.
    response_.headers.remove(KnownHeader::connection);
    response_.headers.remove(KnownHeader::keep_alive);
    response_.headers.remove(KnownHeader::transfer_encoding);
    return std::move(response_);
}

}  // namespace tornado::wsgi
