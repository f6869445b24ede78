#include "plain_delegates.hpp"

#include <utility>

#include "tornado/httputil/error.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/log/exception.hpp"
#include "tornado/log/logger.hpp"

namespace tornado::routing {

namespace {

/// Ends an exchange whose callback has failed.
void answer_failure(const httputil::HTTPServerRequest& request, std::exception_ptr error) {
    auto& exchange = request.connection();
    if (exchange.closed() && iostream::is_stream_closed(error)) {
        return;  // the client has gone while it was written to: no error of the callback's
    }
    log::app_log().error(
        "Uncaught exception ",
        request.method(),
        ' ',
        request.path(),
        " (",
        request.remote_ip(),
        "): ",
        log::format_exception(std::move(error))
    );
    try {
        httputil::send_refusal(exchange, 500, {});
    } catch (const httputil::HTTPOutputError&) {
        exchange.abort();  // it has begun: only a visible break tells the client
    }
}

}  // namespace

CallbackDelegate::CallbackDelegate(
    std::shared_ptr<RuleTarget::Callback> callback,
    httputil::HTTPServerRequest& request,
    TargetParams params
)
    : callback_{std::move(callback)},
      request_{request},
      params_{std::move(params)} {}

Future<void> CallbackDelegate::data_received(std::string_view chunk) {
    request_.body().append(chunk);
    return Future<void>::ready();
}

/// Reads a form in the body. One that is malformed is the client's mistake: all of the request has
/// come, and the connection goes on.
bool CallbackDelegate::parse_form() {
    try {
        request_.parse_body();
        return true;
    } catch (const httputil::HTTPInputError& wrong) {
        log::gen_log().warning(
            request_.method(),
            ' ',
            request_.path(),
            " (",
            request_.remote_ip(),
            "): Invalid body: ",
            wrong.what()
        );
        httputil::send_refusal(request_.connection(), 400, wrong.what());
        return false;
    }
}

void CallbackDelegate::finish() {
    const httputil::ExchangeRef exchange{&request_.connection()};
    if (request_.method() == "CONNECT") {
        httputil::send_refusal(request_.connection(), 501, "there are no tunnels here");
        return;
    }
    if (!parse_form()) {
        return;
    }
    try {
        const auto done = (*callback_)(request_, params_);
        if (done.done()) {
            done.result();
            return;
        }
        // The exchange keeps us, the request and the callback.
        done.add_done_callback([&request = request_, exchange](const Future<void>& settled) {
            try {
                settled.result();
            } catch (...) {
                answer_failure(request, std::current_exception());
            }
        });
    } catch (...) {
        answer_failure(request_, std::current_exception());
    }
}

}  // namespace tornado::routing
