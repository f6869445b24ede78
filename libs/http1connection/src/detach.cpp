#include "tornado/http1connection/detach.hpp"

#include <stdexcept>
#include <utility>

#include "connection.hpp"
#include "detached_stream.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/log.hpp"

namespace tornado::http1connection {

using httputil::HTTPHeaders;
using httputil::KnownHeader;

namespace {

Exchange& http1_exchange(httputil::HTTPConnection& exchange) {
    auto* const http1 = dynamic_cast<Exchange*>(&exchange);
    if (http1 == nullptr) {
        throw std::logic_error{
            "this exchange has no connection of its own: only HTTP/1 can be detached"};
    }
    return *http1;
}

}  // namespace

iostream::IOStream
detach(httputil::HTTPConnection& exchange, util::UniqueFunction<void()> on_drain) {
    auto& http1 = http1_exchange(exchange);
    const auto options = http1.stream_options();
    return iostream::IOStream{http1.detach(std::move(on_drain)), options};
}

iostream::IOStream upgrade(
    httputil::HTTPConnection& exchange,
    std::string_view protocol,
    const HTTPHeaders& headers,
    util::UniqueFunction<void()> on_drain
) {
    auto& http1 = http1_exchange(exchange);
    const auto options = http1.stream_options();
    return iostream::IOStream{http1.upgrade(protocol, headers, std::move(on_drain)), options};
}

bool asks_for_upgrade(
    const httputil::HTTPConnection& exchange,
    std::string_view protocol
) noexcept {
    const auto* const http1 = dynamic_cast<const Exchange*>(&exchange);
    return http1 != nullptr && http1->head.version_minor != 0 && http1->framing.upgrade &&
           httputil::has_list_member(http1->head.headers, KnownHeader::upgrade, protocol);
}

iostream::StreamOptions Exchange::stream_options() const noexcept {
    iostream::StreamOptions options;
    if (connection_ != nullptr) {
        options.max_buffer_size = connection_->parameters().max_buffer_size;
    }
    return options;
}

void Exchange::check_detachable() const {
    if (done_) {
        throw std::logic_error{
            "the response is finished, and the connection goes on without it: detach() instead of "
            "finish()"};
    }
    if (closed()) {
        throw iostream::StreamClosedError{};
    }
    if (begun_ && (chunked_ || (length_known_ && expected_ != 0))) {
        throw std::logic_error{
            "the response is incomplete, and the client would take what comes for its rest: "
            "detach() before it begins"};
    }
}

iostream::StreamRef Exchange::detach(util::UniqueFunction<void()> on_drain) {
    check_detachable();
    return connection_->detach(std::move(on_drain));
}

iostream::StreamRef Exchange::upgrade(
    std::string_view protocol,
    const HTTPHeaders& headers,
    util::UniqueFunction<void()> on_drain
) {
    check_unbegun();
    check_detachable();
    if (head.version_minor == 0) {
        throw std::logic_error{"HTTP/1.0 knows no upgrade: see asks_for_upgrade()"};
    }
    if (framing.body != httputil::MessageFraming::Body::none && !connection_->request_read()) {
        throw std::logic_error{"the request's body comes first: upgrade() once it is read"};
    }
    HTTPHeaders sent = headers;
    sent.remove(KnownHeader::content_length);  // RFC 9110, 8.6
    sent.remove(KnownHeader::transfer_encoding);
    sent.set("Upgrade", protocol);
    sent.set("Connection", "Upgrade");
    auto& out = connection_->stream().output();
    out.append("HTTP/1.1 101 Switching Protocols\r\n");
    sent.append_to(out);
    out.append("\r\n");
    begun_ = upgraded_ = true;
    decoder.reset();
    decoder_used = false;
    return connection_->detach(std::move(on_drain));
}

iostream::StreamRef HTTP1ServerConnection::detach(util::UniqueFunction<void()> on_drain) {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    new DetachedStream{connections_, *stream_, std::move(on_drain)};  // goes with the stream
    connections_.remove(*this);
    state_ = State::closed;
    unset();
    stream_->set_engine(nullptr);
    stream_->flush();  // earlier responses and this one's head
    tell_of_sent();
    sent_queue_.fail();
    stop_waiting();
    const auto exchange = std::move(current_);
    exchange->let_go();
    exchange->resume_writers(false);
    release();
    if (exchange->delegate != nullptr) {
        exchange->delegate->on_detach();
    }
    return stream_;
}

}  // namespace tornado::http1connection
