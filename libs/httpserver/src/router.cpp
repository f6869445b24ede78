#include "tornado/httpserver/router.hpp"

#include "delegate_wrapper.hpp"
#include "plain_delegates.hpp"
#include "tornado/log/exception.hpp"
#include "tornado/log/logger.hpp"

namespace tornado::routing {

namespace {

using httputil::HTTPConnection;
using httputil::HTTPMessageDelegate;
using httputil::HTTPServerRequest;

/// Waits for a request's head, then hands all on to the delegate that the router finds for it.
class RoutingDelegate final : public httpserver::DelegateWrapper {
public:
    RoutingDelegate(Router& router, HTTPConnection& exchange)
        : DelegateWrapper{nullptr},
          router_{router},
          exchange_{exchange} {}
    ~RoutingDelegate() override { replace_inner(nullptr); }  // it uses the request

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override {
        request_.emplace(head, target, exchange_);
        replace_inner(find_delegate());
        return DelegateWrapper::headers_received(head, target);
    }

private:
    std::unique_ptr<HTTPMessageDelegate> find_delegate() {
        try {
            if (auto found = router_.find_handler(*request_, {})) {
                return found;
            }
        } catch (...) {
            log::app_log().error(
                "Uncaught exception while routing ",
                request_->method(),
                ' ',
                request_->path(),
                ": ",
                log::format_current_exception()
            );
            return std::make_unique<StatusDelegate>(exchange_, 500);
        }
        log::app_log().debug(
            "Delegate for ", request_->method(), ' ', request_->path(), " request not found"
        );
        return std::make_unique<StatusDelegate>(exchange_, 404);
    }

    Router& router_;
    HTTPConnection& exchange_;
    std::optional<HTTPServerRequest> request_;
};

}  // namespace

std::unique_ptr<HTTPMessageDelegate> Router::start_request(HTTPConnection& exchange) {
    return std::make_unique<RoutingDelegate>(*this, exchange);
}

}  // namespace tornado::routing
