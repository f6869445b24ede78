#pragma once

#include <memory>
#include <string_view>

#include "tornado/httpserver/rule.hpp"
#include "tornado/httputil/refusal.hpp"

namespace tornado::routing {

/// Answers, when all of the request is there, with a status and its usual phrase.
class StatusDelegate final : public httputil::HTTPMessageDelegate {
public:
    StatusDelegate(httputil::HTTPConnection& exchange, int status)
        : exchange_{exchange},
          status_{status} {}

    void finish() override { httputil::send_refusal(exchange_, status_, {}); }

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
