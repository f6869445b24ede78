// How a client's connection reads responses and hands them on.
#include <algorithm>
#include <stdexcept>

#include "tornado/http1connection/client_connection.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::http1connection {

using httputil::ChunkedDecoder;
using httputil::Errc;
using httputil::HeadStatus;
using httputil::KnownHeader;
using httputil::MessageFraming;
using Body = MessageFraming::Body;

namespace {

bool frames_a_body(const httputil::HTTPHeaders& headers) {
    return headers.contains(KnownHeader::transfer_encoding) ||
           (headers.contains(KnownHeader::content_length) &&
            httputil::content_length(headers).value_or(1) != 0);
}

}  // namespace

Future<bool> HTTP1ClientConnection::read_response(
    httputil::HTTPMessageDelegate& delegate,
    const ResponseLimits& limits
) {
    Promise<bool> promise;
    promise.on_cancel([this] { close(); });
    const auto future = promise.future();
    start_reading(delegate, limits);
    promise_ = std::move(promise);
    return future;
}

void HTTP1ClientConnection::start_reading(
    httputil::HTTPMessageDelegate& delegate,
    const ResponseLimits& limits
) {
    if (phase_ != Phase::head || delegate_ != nullptr) {
        throw std::logic_error{
            closed() ? "the connection is closed: there will be no response"
                     : "a response is read once, after write_headers() or send_request()"};
    }
    delegate_ = &delegate;
    limits_ = limits;
    limits_.chunk_size = std::max<std::size_t>(limits_.chunk_size, 1);
    body_size_ = 0;
    if (stream_->input().empty() && !peer_ended_) {
        stream_->start_reading();
    } else {
        next_turn();
    }
}

void HTTP1ClientConnection::set_max_body_size(std::uint64_t bytes) noexcept {
    limits_.max_body_size = bytes;
}

// Events

void HTTP1ClientConnection::on_input() {
    const ClientConnectionRef alive{this};
    if (phase_ == Phase::idle) {  // it was not asked: what it says answers nothing
        shut();
        tell_owner();
        return;
    }
    if (is_unasked()) {
        fail_closed({});  // nor does it answer the request that is about to go out
        return;
    }
    heard_at_ = ioloop::IOLoop::current().time();
    if (dying_) {
        dying_turns_ = most_dying_turns;
        process();
    } else {
        next_turn();  // when all connections that are ready have been read: see send_soon()
    }
}

void HTTP1ClientConnection::on_end(std::error_code error) {
    const ClientConnectionRef alive{this};
    if (phase_ == Phase::idle) {
        shut();
        tell_owner();
        return;
    }
    if (error && !peer_ended_ && !dying_ && stream_->unsent() != 0 && !is_unasked()) {
        // It takes no more of the request, but may have said why.
        dying_ = true;
        dying_turns_ = most_dying_turns;
        end_error_ = error;
        stream_->start_reading();
        next_turn();
        return;
    }
    if (!dying_) {
        end_error_ = error;
    }
    heard_at_ = ioloop::IOLoop::current().time();
    peer_ended_ = true;
    process();
}

// In order

void HTTP1ClientConnection::process() {
    if (processing_) {
        return;
    }
    processing_ = true;
    if (peer_ended_) {
        searched_ =
            0;  // what is wrong with an incomplete head says more than that it is incomplete
    }
    try {
        while (delegate_ != nullptr && !paused_ && step()) {
        }
    } catch (...) {
        fail(std::current_exception());
    }
    processing_ = false;
    after_step();
}

/// All that has come is done with: what is next?
void HTTP1ClientConnection::after_step() {
    if (phase_ == Phase::closed || phase_ == Phase::tunnel || paused_) {
        return;
    }
    if (phase_ != Phase::idle && delegate_ == nullptr) {
        return;  // until start_reading()
    }
    if (peer_ended_) {
        fail_closed(end_error_);
    } else {
        stream_->start_reading(room());  // also when idle, to see the server close it
    }
}

/// A large body comes in large pieces.
std::size_t HTTP1ClientConnection::room() const noexcept {
    if (phase_ != Phase::body) {
        return stream_->input().empty() ? 1 : least_room;
    }
    if (framing_.body == Body::content_length) {
        const auto size = std::min(body_remaining_, std::uint64_t{limits_.chunk_size});
        return std::max(static_cast<std::size_t>(size), least_room);
    }
    const bool large = framing_.body == Body::until_close
                           ? body_size_ > iostream::BufferBlock::usual_capacity
                           : chunks_->body_size() > iostream::BufferBlock::usual_capacity;
    return large ? limits_.chunk_size : least_room;
}

/// Does what can be done next. False when that needs something to happen first.
bool HTTP1ClientConnection::step() {
    switch (phase_) {
        case Phase::head:
            return read_head();
        case Phase::headers:
            return response_begins();
        case Phase::body:
            if (decoding_) {
                return decode();
            }
            switch (framing_.body) {
                case Body::content_length:
                    return read_counted_body();
                case Body::chunked:
                    return read_chunked_body();
                case Body::until_close:
                    return read_body_until_close();
                case Body::none:
                    return end_response();
            }
            return false;
        case Phase::idle:
        case Phase::tunnel:
        case Phase::closed:
            return false;
    }
    return false;
}

bool HTTP1ClientConnection::read_head() {
    auto& input = stream_->input();
    if (input.empty()) {
        return false;
    }
    response_begun_ = true;
    // After a first look at an incomplete head, only its end is searched for: bytes that drip in
    // cost linear time.
    if (searched_ != 0 && input.size() <= limits_.max_header_size &&
        httputil::find_head_end(input.view(), searched_) == std::string_view::npos) {
        searched_ = static_cast<std::uint32_t>(input.size());
        return false;
    }
    const httputil::HeadLimits limits{
        .max_fields = limits_.max_fields,
        .max_header_size = limits_.max_header_size,
        .max_target_size = limits_.max_header_size};
    const auto result = httputil::parse_response_head(input.data(), input.size(), head_, limits);
    if (result.status == HeadStatus::incomplete) {
        searched_ = static_cast<std::uint32_t>(input.size());
        return false;
    }
    searched_ = 0;
    if (result.status == HeadStatus::error) {
        fail(result.error);
        return false;
    }
    block_ = input.block();
    input.consume(result.consumed);
    return head_.code < 200 && head_.code != 101 ? interim_response() : begin_response();
}

bool HTTP1ClientConnection::interim_response() {
    if (++interim_responses_ > limits_.max_interim_responses) {
        fail(Errc::too_many_interim_responses);
        return false;
    }
    if (frames_a_body(head_.headers)) {
        fail(Errc::body_not_allowed);
        return false;
    }
    return !wait_for(delegate_->headers_received(head_)) && phase_ == Phase::head;
}

bool HTTP1ClientConnection::begin_response() {
    if (head_.code == 101 && !asks_for_upgrade_) {
        fail(Errc::unasked_upgrade);
        return false;
    }
    const auto framing = httputil::response_framing(head_, method_);
    const auto error = framing.has_error()           ? framing.error()
                       : framing->body == Body::none ? check_empty_body()
                                                     : std::error_code{};
    if (error) {
        fail(static_cast<Errc>(error.value()));
        return false;
    }
    framing_ = *framing;
    body_remaining_ = framing_.content_length;
    decoder_.reset();
    decoding_ = any_encoded_ = false;
    if (limits_.decompress && framing_.body != Body::none && head_.code != 206) {
        prepare_decoding();
    }
    phase_ = Phase::headers;
    const ClientConnectionRef alive{this};
    const auto considered = delegate_->headers_received(head_);
    return phase_ == Phase::headers && !wait_for(considered);
}

/// What announces a body that cannot come: for those responses that have none whatever they say.
std::error_code HTTP1ClientConnection::check_empty_body() const {
    const auto& headers = head_.headers;
    if (accepts_connect()) {
        return {};  // RFC 9110, 9.3.6: whatever the fields say is ignored
    }
    if ((head_.code == 204 || head_.code == 101) && frames_a_body(headers)) {
        return Errc::body_not_allowed;
    }
    if (headers.contains(KnownHeader::content_length)) {
        if (headers.contains(KnownHeader::transfer_encoding)) {
            return Errc::bad_transfer_encoding;
        }
        return httputil::content_length(headers).error();
    }
    return {};
}

/// Whether what follows the head is a tunnel that was asked for.
bool HTTP1ClientConnection::accepts_connect() const {
    return std::string_view{method_} == "CONNECT" && head_.code >= 200 && head_.code < 300;
}

/// Takes off the one coding that there is, if it is known; the delegate gets others as they are.
void HTTP1ClientConnection::prepare_decoding() {
    auto& headers = head_.headers;
    if (headers.count(KnownHeader::content_encoding) != 1) {
        return;
    }
    const std::string coding{*headers.first(KnownHeader::content_encoding)};
    decoder_ = ContentDecoder::make(coding, limits_.chunk_size);
    if (decoder_ != nullptr) {
        headers.add("X-Consumed-Content-Encoding", coding);
        headers.remove(KnownHeader::content_encoding);
    }
}

/// The delegate has seen the head: on to the body.
bool HTTP1ClientConnection::response_begins() {
    if (head_.code == 101 || accepts_connect()) {
        return end_response();
    }
    if (framing_.body == Body::content_length && body_remaining_ > limits_.max_body_size) {
        fail(Errc::body_too_large);
        return false;
    }
    if (framing_.body == Body::chunked) {
        if (!chunks_) {
            chunks_.emplace();
        }
        chunks_->reset();
        chunks_->set_max_body_size(limits_.max_body_size);
    }
    phase_ = Phase::body;
    return true;
}

bool HTTP1ClientConnection::read_counted_body() {
    if (body_remaining_ == 0) {
        return end_response();
    }
    auto& input = stream_->input();
    const auto size =
        std::min({body_remaining_, std::uint64_t{input.size()}, std::uint64_t{limits_.chunk_size}});
    if (size == 0) {
        return false;
    }
    const auto piece = input.view().substr(0, static_cast<std::size_t>(size));
    body_remaining_ -= size;
    input.consume(piece.size());
    return decoder_ != nullptr ? deliver_encoded(piece) : deliver(piece);
}

bool HTTP1ClientConnection::read_chunked_body() {
    auto& input = stream_->input();
    const auto step = chunks_->next(input.view().substr(0, limits_.chunk_size));
    input.consume(step.consumed);
    switch (step.status) {
        case ChunkedDecoder::Status::need_more:
            return !input.empty();
        case ChunkedDecoder::Status::data:
            return decoder_ != nullptr ? deliver_encoded(step.data) : deliver(step.data);
        case ChunkedDecoder::Status::complete:
            return end_response();
        case ChunkedDecoder::Status::error:
            fail(step.error);
            return false;
    }
    return false;
}

bool HTTP1ClientConnection::read_body_until_close() {
    auto& input = stream_->input();
    if (input.empty()) {
        return peer_ended_ && !end_error_ && end_response();
    }
    const auto piece = input.view().substr(0, limits_.chunk_size);
    input.consume(piece.size());
    if (decoder_ != nullptr) {
        return deliver_encoded(piece);
    }
    if (body_size_ + piece.size() > limits_.max_body_size) {
        fail(Errc::body_too_large);
        return false;
    }
    return deliver(piece);
}

bool HTTP1ClientConnection::deliver_encoded(std::string_view piece) {
    piece_ = stream_->input().block();
    encoded_ = piece;
    decoding_ = any_encoded_ = true;
    return true;
}

bool HTTP1ClientConnection::decode() {
    const auto step = decoder_->next(encoded_);
    encoded_.remove_prefix(step.consumed);
    switch (step.status) {
        case ContentDecoder::Status::need_more:
            decoding_ = false;
            piece_ = {};
            return true;
        case ContentDecoder::Status::data:
            if (body_size_ + step.data.size() > limits_.max_body_size) {
                fail(Errc::body_too_large);
                return false;
            }
            return deliver(step.data);
        case ContentDecoder::Status::error:
            fail(Errc::malformed_content);
            return false;
    }
    return false;
}

/// Hands a piece of body on. False when reading must wait or is over.
bool HTTP1ClientConnection::deliver(std::string_view piece) {
    body_size_ += piece.size();
    const auto taken = delegate_->data_received(piece);
    if (phase_ != Phase::body) {
        piece_ = stream_->input().block();
        leave_piece_to(taken);
        return false;
    }
    return !wait_for(taken);
}

bool HTTP1ClientConnection::end_response() {
    if (decoder_ != nullptr && any_encoded_ && !decoder_->is_complete()) {
        fail(Errc::malformed_content);
        return false;
    }
    const ClientConnectionRef alive{this};
    if (framing_.body == Body::chunked && phase_ == Phase::body && !chunks_->trailers().empty()) {
        delegate_->trailers_received(chunks_->trailers());
        if (phase_ != Phase::body) {
            return false;
        }
    }
    auto* const delegate = std::exchange(delegate_, nullptr);
    auto promise = std::exchange(promise_, std::nullopt);
    decoder_.reset();
    const bool is_whole = request_done_ && stream_->unsent() == 0 && !peer_ended_ && !dying_;
    const bool opens_tunnel = phase_ == Phase::headers;
    bool reusable = false;
    if (opens_tunnel) {
        phase_ = Phase::tunnel;
    } else if (is_whole && keeps_alive_ && framing_.keep_alive && stream_->input().empty()) {
        phase_ = Phase::idle;
        reusable = true;
    } else {
        shut();
    }
    if (promise) {
        promise->set_result(reusable);
    }
    delegate->finish();
    if (phase_ == Phase::closed && !opens_tunnel && !reusable) {
        tell_owner();
    }
    return phase_ == Phase::head;
}

// Back-pressure

/// Whether reading must wait for a delegate's future, or is over because that has failed.
bool HTTP1ClientConnection::wait_for(const Future<void>& future) {
    if (future.done()) {
        if (future.state()->status() == concurrent::FutureState::Status::value) {
            return false;
        }
        future.result();  // throws
    }
    if (!decoding_) {  // or it holds the block of what is being decoded, whose place is elsewhere
        piece_ = stream_->input().block();  // a delegate that takes its time keeps its piece
    }
    paused_ = true;
    awaited_ = future;
    retain();
    future.state()->attach(flow_);
    return true;
}

void HTTP1ClientConnection::go_on(const Future<void>& future) {
    if (!paused_) {
        return;  // the connection has been closed meanwhile
    }
    paused_ = false;
    if (!decoding_) {
        piece_ = {};
    }
    if (future.state()->status() == concurrent::FutureState::Status::value) {
        process();
        return;
    }
    try {
        future.result();
    } catch (...) {
        fail(std::current_exception());
    }
}

void HTTP1ClientConnection::stop_waiting() noexcept {
    paused_ = false;
    if (flow_.place == concurrent::Waiter::Place::attached) {
        flow_.source->detach(flow_);
        flow_.place = concurrent::Waiter::Place::nowhere;
        leave_piece_to(std::exchange(awaited_, Future<void>::ready()));
        release();
    }
}

/// The connection has ended, but the delegate may still be using what it was given.
void HTTP1ClientConnection::leave_piece_to(const Future<void>& future) noexcept {
    if (!future.done()) {
        future.add_done_callback([piece = std::move(piece_), decoder = std::move(decoder_)] {});
    }
}

}  // namespace tornado::http1connection
