#pragma once

#include <tornado/httputil/http_connection.hpp>
#include <tornado/httputil/request_head.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// An exchange without a network: plays a request to a delegate and keeps the response.
class MemoryExchange final : public tornado::httputil::HTTPConnection {
public:
    /// `request` is a whole one; what comes behind its head is its body.
    explicit MemoryExchange(std::string request) : request_{std::move(request)} {
        const auto parsed =
            tornado::httputil::parse_request_head(request_.data(), request_.size(), head_);
        target_ = tornado::httputil::request_target(head_).value();
        body_ = std::string_view{request_}.substr(parsed.consumed);
    }
    ~MemoryExchange() = default;

    /// Plays the request, its body in pieces of two bytes.
    void play(tornado::httputil::HTTPServerConnectionDelegate& server) {
        begin(server);
        for (auto rest = body_; !rest.empty();
             rest.remove_prefix(std::min<std::size_t>(2, rest.size()))) {
            delegate_->data_received(rest.substr(0, 2)).result();
        }
        delegate_->finish();
    }
    /// Plays only its head.
    void begin(tornado::httputil::HTTPServerConnectionDelegate& server) {
        delegate_ = server.start_request(*this);
        delegate_->headers_received(head_, target_).result();
    }
    [[nodiscard]] tornado::httputil::HTTPMessageDelegate& delegate() { return *delegate_; }

    [[nodiscard]] tornado::httputil::RequestHead& head() { return head_; }
    [[nodiscard]] const tornado::httputil::Target& target() const { return target_; }

    int status = 0;
    std::string response;
    bool finished = false;
    bool aborted = false;

    tornado::Future<void> write_headers(
        int code,
        std::string_view,
        const tornado::httputil::HTTPHeaders&,
        std::string_view chunk
    ) override {
        if (status != 0) {
            throw tornado::httputil::HTTPOutputError{"the response has begun"};
        }
        status = code;
        response = chunk;
        return tornado::Future<void>::ready();
    }
    void send_response(
        int code,
        std::string_view reason,
        const tornado::httputil::HTTPHeaders& headers,
        std::string&& body
    ) override {
        write_headers(code, reason, headers, body).result();
        finish();
    }
    tornado::Future<void> write(std::string chunk) override {
        response += chunk;
        return tornado::Future<void>::ready();
    }
    tornado::Future<void> write_file(
        int file,
        std::uint64_t offset,
        std::size_t count,
        std::shared_ptr<const void> /*owner*/
    ) override {
        std::string piece(count, '\0');
        const auto got = ::pread(file, piece.data(), count, static_cast<::off_t>(offset));
        piece.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return write(std::move(piece));
    }
    void finish() override { finished = true; }
    void abort() noexcept override { aborted = true; }
    [[nodiscard]] bool closed() const noexcept override { return finished || aborted; }
    [[nodiscard]] std::uint64_t max_body_size() const noexcept override { return 1'000'000; }
    [[nodiscard]] std::string remote_ip() const override { return "192.0.2.1"; }
    [[nodiscard]] std::string_view protocol() const noexcept override { return "http"; }

private:
    void dispose() noexcept override {}

    std::string request_;
    tornado::httputil::RequestHead head_;
    tornado::httputil::Target target_;
    std::string_view body_;
    std::unique_ptr<tornado::httputil::HTTPMessageDelegate> delegate_;
};

/// A request's text.
inline std::string request_text(
    std::string_view path,
    std::string_view host = "example.com",
    std::string_view body = ""
) {
    std::string text{"POST "};
    return text.append(path)
        .append(" HTTP/1.1\r\nHost: ")
        .append(host)
        .append("\r\n\r\n")
        .append(body);
}
