#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "response_buffers.hpp"
#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/httputil/http_server_request.hpp"
#include "tornado/web/application.hpp"
#include "tornado/web/path_arguments.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web::detail {

/// One request on its way through an application: finds the route, makes the handler, calls it, and
/// gathers and sends what it writes. Tornado's `_HandlerDelegate` and the private half of its
/// RequestHandler.
class RequestRun final : public httputil::HTTPMessageDelegate, public concurrent::Pooled {
public:
    RequestRun(Application& application, httputil::HTTPConnection& exchange);
    ~RequestRun() override;

    // What arrives

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override;
    Future<void> data_received(std::string_view chunk) override;
    void finish() override;
    void on_connection_close() override;

    // For the handler

    [[nodiscard]] Application& application() const noexcept { return application_; }
    [[nodiscard]] httputil::HTTPServerRequest& request() noexcept { return *request_; }
    [[nodiscard]] const PathArguments& path_args() const noexcept { return path_arguments_; }
    [[nodiscard]] httputil::HTTPHeaders& headers() noexcept { return buffers_->headers; }
    [[nodiscard]] std::string& body() noexcept { return buffers_->body; }
    [[nodiscard]] int status() const noexcept { return status_; }
    /// The reason phrase that goes with the status.
    [[nodiscard]] std::string_view reason() const noexcept;
    [[nodiscard]] bool headers_written() const noexcept { return headers_written_; }
    [[nodiscard]] bool finished() const noexcept { return finished_; }
    void set_status(int status, std::string_view reason);
    void set_cookie(httputil::Cookie cookie);
    void clear();
    Future<void> flush();
    void set_etag_header();
    void finish_response();
    void send_error(int status, std::exception_ptr error);

private:
    enum class Phase : std::uint8_t { prepare, verb };
    struct EndWaiter : concurrent::Waiter {
        RequestRun* owner = nullptr;
    };

    void start();
    void call_verb();
    [[nodiscard]] Started invoke_verb();
    bool ended(Started started, Phase phase);
    void go_on();
    void answer_exception(std::exception_ptr error) noexcept;
    void turn_into_response(std::exception_ptr error);
    void add_cookies();
    void prepare_whole_response();
    [[nodiscard]] bool is_head() const noexcept { return request_->method() == "HEAD"; }

    Application& application_;
    httputil::HTTPConnection& exchange_;
    const RouteData* route_ = nullptr;
    std::optional<httputil::HTTPServerRequest> request_;
    routing::PathGroups groups_;
    PathArguments path_arguments_;
    std::unique_ptr<RequestHandler> handler_;
    ResponseBuffers::Ref buffers_;
    std::vector<httputil::Cookie> cookies_;
    std::string reason_;
    int status_ = 200;
    bool headers_written_ = false;
    bool finished_ = false;
    Phase phase_ = Phase::prepare;
    Started pending_;             ///< what the handler is waiting for
    httputil::ExchangeRef self_;  ///< keeps the exchange, and so this, while it waits
    EndWaiter waiter_;
};

}  // namespace tornado::web::detail
