#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/httputil/http_connection.hpp"
#include "tornado/wsgi_application/wsgi_application.hpp"

namespace tornado::wsgi {

/// An exchange that keeps the response until it is complete.
class SyncExchange final : public httputil::HTTPConnection {
public:
    [[nodiscard]] static concurrent::StateRef<SyncExchange> make(const WSGIRequest& request);

    Future<void> write_headers(
        int status,
        std::string_view reason,
        const httputil::HTTPHeaders& headers,
        std::string_view chunk
    ) override;
    void send_response(
        int status,
        std::string_view reason,
        const httputil::HTTPHeaders& headers,
        std::string&& body
    ) override;
    Future<void> write(std::string chunk) override;
    Future<void> write_file(
        int file,
        std::uint64_t offset,
        std::size_t count,
        std::shared_ptr<const void> owner
    ) override;
    void finish() override;
    void abort() noexcept override;

    [[nodiscard]] bool closed() const noexcept override { return over_; }
    void set_max_body_size(std::uint64_t bytes) noexcept override { max_body_size_ = bytes; }
    [[nodiscard]] std::uint64_t max_body_size() const noexcept override { return max_body_size_; }
    void set_origin(std::string remote_ip, std::string_view protocol) override;
    [[nodiscard]] std::string remote_ip() const override { return remote_ip_; }
    [[nodiscard]] std::string_view protocol() const noexcept override { return protocol_; }

    /// Whether the response is complete, or given up.
    [[nodiscard]] bool over() const noexcept { return over_; }
    /// Nobody wants it any more.
    void give_up() noexcept { over_ = true; }
    /// Cancels what the handler waits for.
    void cancel_handler() {
        set_timed_out(true);
        delegate->on_connection_close();
    }
    /// Becomes true when the last reference to this has gone.
    [[nodiscard]] std::shared_ptr<const bool> has_gone();
    /// Of the response, once it has begun.
    [[nodiscard]] int status() const noexcept { return response_.status; }
    /// Answers for the application.
    void answer(int status);
    [[nodiscard]] WSGIResponse take_response();

    std::string text;  ///< what the head views
    httputil::RequestHead head;
    httputil::Target target;
    std::unique_ptr<httputil::HTTPMessageDelegate> delegate;

private:
    SyncExchange() = default;
    ~SyncExchange() = default;
    friend class concurrent::StateRef<SyncExchange>;

    void dispose() noexcept override;
    void begin(int status, std::string_view reason, const httputil::HTTPHeaders& headers);
    void end();

    WSGIResponse response_;
    std::string remote_ip_;
    std::string_view protocol_ = "http";
    std::uint64_t max_body_size_ = 104'857'600;
    bool begun_ = false;
    bool over_ = false;
    std::shared_ptr<bool> has_gone_;
};

}  // namespace tornado::wsgi
