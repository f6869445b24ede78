#pragma once

#include <memory>
#include <string_view>

#include "tornado/httpserver/rule.hpp"
#include "tornado/httputil/refusal.hpp"

namespace tornado::routing {

/// Answers with a status and its usual phrase when all of the request is there, or at once when the
/// client asks before it sends the body (RFC 9110, 10.1.1).
class StatusDelegate final : public httputil::HTTPMessageDelegate {
public:
    StatusDelegate(httputil::HTTPConnection& exchange, int status)
        : exchange_{exchange},
          status_{status} {}

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target&) override {
        if (head.headers.contains(httputil::KnownHeader::expect)) {
            finish();
        }
        return Future<void>::ready();
    }
    void finish() override {
        if (!exchange_.closed()) {
            httputil::send_refusal(exchange_, status_, {});
        }
    }

private:
    httputil::HTTPConnection& exchange_;
    int status_;
};

/// Gathers the request's body, then calls a callback. The server limits the body's size. CONNECT is
/// refused: what a callback sends as a body would be a tunnel's bytes.
class CallbackDelegate final : public httputil::HTTPMessageDelegate {
public:
    CallbackDelegate(
        std::shared_ptr<RuleTarget::Callback> callback,
        httputil::HTTPServerRequest& request,
        TargetParams params
    );

    Future<void> data_received(std::string_view chunk) override;
    void trailers_received(const httputil::HTTPHeaders& trailers) override {
        request_.set_trailers(trailers);
    }
    void finish() override;

private:
    [[nodiscard]] bool parse_form();

    std::shared_ptr<RuleTarget::Callback> callback_;
    httputil::HTTPServerRequest& request_;
    TargetParams params_;
};

}  // namespace tornado::routing
