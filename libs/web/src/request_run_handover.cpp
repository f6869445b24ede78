#include "request_run.hpp"

#include <stdexcept>

#include "tornado/http1connection/detach.hpp"
#include "tornado/iostream/iostream.hpp"

namespace tornado::web::detail {

using httputil::KnownHeader;

void RequestRun::hand_over(httputil::HTTPServerConnectionDelegate& other) {
    if (headers_written_) {
        throw std::logic_error{"the response has begun: hand a request over before flush()"};
    }
    other_ = other.start_request(exchange_);
    finished_ = concluded_ = true;
    hand_request_over();
    handler_->on_finish();
}

Future<void> RequestRun::hand_request_over() {
    const httputil::ExchangeRef alive{&exchange_};
    co_await other_->headers_received(*head_, *target_);
    if (!request_->body().empty()) {
        co_await other_->data_received(request_->body());
    }
    if (!request_->trailers().empty()) {
        other_->trailers_received(request_->trailers());
    }
    other_->finish();
}

iostream::IOStream RequestRun::detach(util::UniqueFunction<void()> on_drain) {
    auto stream = http1connection::detach(exchange_, std::move(on_drain));
    if (headers_written_) {
        conclude();
    }
    return stream;
}

iostream::IOStream
RequestRun::upgrade(std::string_view protocol, util::UniqueFunction<void()> on_drain) {
    if (!http1connection::asks_for_upgrade(exchange_, protocol)) {
        throw HTTPError{400, "the request does not ask for an upgrade to " + std::string{protocol}};
    }
    headers().remove(KnownHeader::content_type);
    complete_head();
    auto stream = http1connection::upgrade(exchange_, protocol, headers(), std::move(on_drain));
    status_ = 101;
    reason_.clear();
    headers_written_ = true;
    conclude();
    buffers_.reset();  // the connection may last: what only a response needs is for others
    return stream;
}

}  // namespace tornado::web::detail
