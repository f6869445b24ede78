#include "tornado/http1connection/kept_exchange.hpp"

#include <utility>

#include "exchange.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/errors.hpp"

namespace tornado::http1connection {

using httputil::HTTPHeaders;

/// The request, as a parser has it.
struct KeptExchange::Parsed {
    Parsed(const iostream::BufferBlock& block, HTTPConnection& exchange)
        : head{parse(block)},
          request{head, *httputil::request_target(head), exchange} {}

    httputil::RequestHead head;
    httputil::HTTPServerRequest request;

private:
    /// What the connection has accepted already, by whatever limits it has.
    static httputil::RequestHead parse(const iostream::BufferBlock& block) {
        httputil::RequestHead parsed;
        static_cast<void>(httputil::parse_request_head(
            block.data(),
            block.capacity(),
            parsed,
            {.max_header_size = block.capacity(), .max_target_size = block.capacity()}
        ));
        return parsed;
    }
};

concurrent::StateRef<KeptExchange> KeptExchange::of(const HTTPConnection& exchange) {
    const auto* const http1 = dynamic_cast<const Exchange*>(&exchange);
    const bool is_over = http1 != nullptr && http1->is_upgraded() &&
                         http1->framing.body == httputil::MessageFraming::Body::none;
    if (!is_over || !http1->head.headers.is_borrowed()) {
        return {};
    }
    concurrent::StateRef<KeptExchange> kept{
        new KeptExchange{exchange, http1->block, http1->peer()}};
    if (!http1->own_remote_ip().empty()) {
        kept->set_origin(http1->own_remote_ip(), {});
    }
    return kept;
}

KeptExchange::KeptExchange(
    const HTTPConnection& exchange,
    iostream::BufferBlock block,
    netutil::Address peer
)
    : block_{std::move(block)},
      peer_{std::move(peer)},
      protocol_{exchange.protocol()} {
    set_began(exchange.began());
}

KeptExchange::~KeptExchange() = default;

void KeptExchange::dispose() noexcept {
    delete this;
}

httputil::HTTPServerRequest& KeptExchange::request() {
    if (parsed_ == nullptr) {
        parsed_ = std::make_unique<Parsed>(block_, *this);
    }
    return parsed_->request;
}

void KeptExchange::set_origin(std::string remote_ip, std::string_view protocol) {
    if (!remote_ip.empty()) {
        remote_ip_ = std::make_unique<const std::string>(std::move(remote_ip));
    }
    if (!protocol.empty()) {
        protocol_ = protocol;
    }
}

std::string KeptExchange::remote_ip() const {
    return remote_ip_ != nullptr ? *remote_ip_ : peer_.host();
}

std::chrono::steady_clock::time_point KeptExchange::now() const noexcept {
    return ioloop::IOLoop::current().time();
}

// Nothing is sent any more

namespace {

[[noreturn]] void fail_begun() {
    throw httputil::HTTPOutputError{"the response has begun already: its head can be written once"};
}

Future<void> closed_future() {
    return Future<void>::failed(std::make_exception_ptr(iostream::StreamClosedError{})).ignore();
}

}  // namespace

Future<void> KeptExchange::write_headers(
    int /*status*/,
    std::string_view /*reason*/,
    const HTTPHeaders& /*headers*/,
    std::string_view /*chunk*/
) {
    fail_begun();
}
void KeptExchange::send_response(
    int /*status*/,
    std::string_view /*reason*/,
    const HTTPHeaders& /*headers*/,
    std::string&& /*body*/
) {
    fail_begun();
}
Future<void> KeptExchange::write(std::string /*chunk*/) {
    return closed_future();
}
Future<void> KeptExchange::write_file(
    int /*file*/,
    std::uint64_t /*offset*/,
    std::size_t /*count*/,
    std::shared_ptr<const void> /*owner*/
) {
    return closed_future();
}

}  // namespace tornado::http1connection
