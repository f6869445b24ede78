// How a connection reads requests and hands them on.
#include <algorithm>
#include <utility>

#include "connection.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/httputil/target.hpp"
#include "tornado/util/ascii.hpp"

namespace tornado::http1connection {

using httputil::ChunkedDecoder;
using httputil::HeadStatus;
using httputil::MessageFraming;

namespace {

bool is_blank(std::string_view input) noexcept {
    return input.find_first_not_of("\r\n") == input.npos;
}

/// An upgraded connection, and with it the request, may last for hours: its head is not to keep all
/// of the block that it came in.
void keep_alone(Exchange& exchange, std::string_view head) {
    iostream::BufferBlock alone{head.size()};
    std::copy(head.begin(), head.end(), alone.data());
    exchange.head.rebase(head.data(), alone.data());
    exchange.block = std::move(alone);
}

}  // namespace

void HTTP1ServerConnection::process() {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    process_input();
    after_batch();
}

void HTTP1ServerConnection::process_input() {
    const concurrent::StateRef<HTTP1ServerConnection> alive{this};
    processing_ = true;
    input_came_ = {};
    const auto enough = stream_->sent_total() + most_sent_at_once;
    const auto goes_on = [&] { return stream_->sent_total() < enough; };
    try {
        do {
            while (!paused_ && !output_is_full() && goes_on() && step()) {
            }
        } while (make_room() && goes_on());
    } catch (...) {
        delegate_failed(std::current_exception());
    }
    processing_ = false;
    if (!goes_on() && state_ != State::closed && !stream_->input().empty()) {
        next_turn();  // the others get theirs before
    }
}

/// Whether a full output buffer could be emptied at once, so that a long batch goes on.
bool HTTP1ServerConnection::make_room() {
    if (!output_is_full()) {
        return false;
    }
    stream_->flush();
    return !output_is_full();
}

/// Does what can be done next. False when that needs something to happen first.
bool HTTP1ServerConnection::step() {
    switch (state_) {
        case State::head:
            return read_head();
        case State::headers:
            return request_begun();
        case State::body:
            return read_body();
        case State::response:
        case State::closing:
        case State::lingering:
        case State::closed:
            return false;
    }
    return false;
}

bool HTTP1ServerConnection::read_head() {
    auto& input = stream_->input();
    if (input.empty()) {
        return false;
    }
    if (searched_ != 0 && !is_head_worth_parsing()) {
        searched_ = static_cast<std::uint32_t>(input.size());
        return false;
    }
    if (!current_) {
        current_ = Exchange::take(*this);
    }
    const httputil::HeadLimits limits{
        .bare_lf = parameters_.bare_lf,
        .max_fields = 1000,
        .max_header_size = parameters_.max_header_size,
        .max_target_size = parameters_.max_header_size};
    const auto result =
        httputil::parse_request_head(input.data(), input.size(), current_->head, limits);
    if (result.status == HeadStatus::incomplete) {
        if (is_blank(input.view())) {
            current_ = {};  // RFC 9112, 2.2: blank lines before a request are not its beginning
            return false;
        }
        if (searched_ == 0) {
            phase_began_ = now();
        }
        searched_ = static_cast<std::uint32_t>(input.size());
        return false;
    }
    searched_ = 0;
    if (result.status == HeadStatus::error) {
        refuse(make_error_code(result.error));
        return false;
    }
    const auto bytes = input.view().substr(0, result.consumed);
    current_->block = input.block();
    input.consume(result.consumed);
    return begin_request(bytes);
}

/// After a first look at an incomplete head: whether it has ended, is too large, or has got a line
/// that may be wrong. A large one is only searched for its end: bytes that drip in cost linear
/// time.
bool HTTP1ServerConnection::is_head_worth_parsing() noexcept {
    const auto bytes = stream_->input().view();
    if (bytes.size() > parameters_.max_header_size) {
        return true;
    }
    if (bytes.size() <= small_head && bytes.find('\n', searched_) != bytes.npos) {
        return true;
    }
    return httputil::find_head_end(bytes, searched_) != bytes.npos;
}

bool HTTP1ServerConnection::begin_request(std::string_view head) {
    auto& exchange = *current_;
    const auto framing = httputil::request_framing(exchange.head);
    if (framing.has_error()) {
        refuse(framing.error());
        return false;
    }
    if (framing->upgrade) {
        keep_alone(exchange, head);
    }
    const auto target = httputil::request_target(exchange.head);
    if (target.has_error()) {
        refuse(target.error());
        return false;
    }
    if (util::equals_ignore_case(target->scheme, "https") && !serves_https()) {
        refuse(421, "an https target on a connection without TLS");
        return false;
    }
    exchange.framing = *framing;
    exchange.target = *target;
    if (framing->expectation_failed) {
        refuse(417, "the only expectation that is known is 100-continue");
        return false;
    }
    if (framing->body == MessageFraming::Body::content_length && framing->content_length == 0) {
        exchange.framing.body = MessageFraming::Body::none;
    }
    state_ = State::headers;
    const auto alive = current_;
    request_begun_ = had_request_ = true;
    exchange.delegate = delegate_.start_request(exchange);
    if (current_.get() != alive.get()) {
        return state_ == State::head;
    }
    const auto considered = exchange.delegate->headers_received(exchange.head, exchange.target);
    if (current_.get() != alive.get()) {
        return state_ == State::head;
    }
    return wait_for(considered) || request_begun();
}

/// The delegate has seen the head: on to the body.
bool HTTP1ServerConnection::request_begun() {
    auto& exchange = *current_;
    if (exchange.framing.body == MessageFraming::Body::none) {
        request_ended();
        return state_ == State::head;
    }
    phase_began_ = exchange.rate_since = now();
    state_ = State::body;
    if (exchange.framing.body == MessageFraming::Body::content_length) {
        if (exchange.framing.content_length > exchange.max_body_size()) {
            refuse(
                413,
                "Content-Length too long: the limit is " + std::to_string(exchange.max_body_size())
            );
            return false;
        }
        exchange.body_remaining = exchange.framing.content_length;
    } else {
        if (exchange.decoder == nullptr) {
            exchange.decoder = std::make_unique<ChunkedDecoder>();
        }
        exchange.decoder_used = true;
        exchange.decoder->set_max_body_size(exchange.max_body_size());
    }
    if (exchange.framing.expect_continue && stream_->input().empty() &&
        !exchange.response_begun()) {
        stream_->output().append("HTTP/1.1 100 Continue\r\n\r\n");
        stream_->flush();
    }
    return true;
}

bool HTTP1ServerConnection::read_body() {
    return current_->framing.body == MessageFraming::Body::chunked ? read_chunked_body()
                                                                   : read_counted_body();
}

bool HTTP1ServerConnection::read_counted_body() {
    auto& exchange = *current_;
    if (exchange.body_remaining == 0) {
        request_ended();
        return state_ == State::head;
    }
    auto& input = stream_->input();
    const auto size =
        std::min({exchange.body_remaining, std::uint64_t{input.size()}, std::uint64_t{piece_size()}}
        );
    if (size == 0) {
        return false;
    }
    const auto piece = input.view().substr(0, static_cast<std::size_t>(size));
    exchange.body_remaining -= size;
    input.consume(piece.size());
    return deliver(piece);
}

bool HTTP1ServerConnection::read_chunked_body() {
    auto& exchange = *current_;
    auto& input = stream_->input();
    const auto step = exchange.decoder->next(input.view().substr(0, piece_size()));
    input.consume(step.consumed);
    switch (step.status) {
        case ChunkedDecoder::Status::need_more:
            return !input.empty();
        case ChunkedDecoder::Status::data:
            return deliver(step.data);
        case ChunkedDecoder::Status::complete:
            if (const auto alive = current_; !exchange.decoder->trailers().empty()) {
                exchange.delegate->trailers_received(exchange.decoder->trailers());
                if (current_.get() != alive.get()) {
                    return state_ == State::head;
                }
            }
            request_ended();
            return state_ == State::head;
        case ChunkedDecoder::Status::error:
            refuse(make_error_code(step.error));
            return false;
    }
    return false;
}

/// Hands a piece of body on. False when reading must wait or is over.
bool HTTP1ServerConnection::deliver(std::string_view piece) {
    const auto alive = current_;
    alive->received_since += piece.size();
    const auto taken = alive->delegate->data_received(piece);
    if (current_.get() != alive.get()) {
        return state_ == State::head;
    }
    return !wait_for(taken);
}

void HTTP1ServerConnection::request_ended() {
    state_ = State::response;
    const auto alive = current_;
    phase_began_ = now();
    alive->delegate->finish();
    if (current_.get() == alive.get() && state_ == State::response) {
        set_handler_clock();
    }
}

/// Whether reading must wait for a delegate's future, or is over because that has failed.
bool HTTP1ServerConnection::wait_for(const Future<void>& future) {
    if (future.done()) {
        if (future.state()->status() == concurrent::FutureState::Status::value) {
            return false;
        }
        delegate_failed(future.exception());
        return true;
    }
    // A delegate that takes its time keeps the memory of its piece.
    current_->piece = stream_->input().block();
    paused_ = true;
    stop_clock();
    flow_ = new FlowWaiter{*this, future};
    future.state()->attach(*flow_);
    return true;
}

HTTP1ServerConnection::FlowWaiter::FlowWaiter(HTTP1ServerConnection& owner, Future<void> awaited)
    : connection{&owner},
      future{std::move(awaited)} {
    run = [](concurrent::Task& task) {
        const std::unique_ptr<FlowWaiter> waiter{&static_cast<FlowWaiter&>(task)};
        waiter->place = Place::nowhere;
        if (auto* const waiting = waiter->connection) {
            waiting->go_on(*waiter);
        }
    };
    discard = [](concurrent::Task& task) noexcept {
        const std::unique_ptr<FlowWaiter> waiter{&static_cast<FlowWaiter&>(task)};
        waiter->place = Place::nowhere;
        if (waiter->connection != nullptr) {
            waiter->connection->flow_ = nullptr;
        }
    };
}

/// The delegate's future is done.
void HTTP1ServerConnection::go_on(const FlowWaiter& waiter) {
    flow_ = nullptr;
    paused_ = false;
    current_->piece = {};
    resume_clock();
    if (waiter.future.state()->status() == concurrent::FutureState::Status::value) {
        process();
    } else {
        delegate_failed(waiter.future.exception());
    }
}

/// Forgets the future that reading waits for.
void HTTP1ServerConnection::stop_waiting() noexcept {
    paused_ = clock_stopped_ = false;
    if (flow_ == nullptr) {
        return;
    }
    if (flow_->place == concurrent::Waiter::Place::in_queue) {
        flow_->connection = nullptr;  // the queue has it: it ends there
    } else {
        delete flow_;
    }
    flow_ = nullptr;
}

}  // namespace tornado::http1connection
