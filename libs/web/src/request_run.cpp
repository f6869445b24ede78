#include "request_run.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "etag.hpp"
#include "methods.hpp"
#include "preconditions.hpp"
#include "tornado/http1connection/detach.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"
#include "tornado/web/handlers.hpp"

namespace tornado::web::detail {

using httputil::KnownHeader;

namespace {

bool has_no_body(int status) noexcept {
    return status == 204 || status == 205 || status == 304;
}

/// The reason phrase that an HTTPError brings; others have none of their own.
std::string reason_of(const std::exception_ptr& error) {
    if (error == nullptr) {
        return {};
    }
    try {
        std::rethrow_exception(error);
    } catch (const HTTPError& http_error) {
        return http_error.reason();
    } catch (...) {
        return {};
    }
}

/// Whether a response can end a request with that status: 1xx only precede one.
bool is_sendable_status(int status) noexcept {
    return status >= 200 && status <= 999;
}

bool is_stream_closed(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const iostream::StreamClosedError&) {
        return true;
    } catch (...) {
        return false;
    }
}

// What the log and the watchdog name as the culprit while a handler runs.
using stack_context::LabelScope;

}  // namespace

RequestRun::RequestRun(Application& application, httputil::HTTPConnection& exchange)
    : Deadline{[](Deadline& deadline) { static_cast<RequestRun&>(deadline).time_is_up(); }},
      application_{&application},
      exchange_{exchange},
      buffers_{ResponseBuffers::take()} {
    waiter_.kind = concurrent::Waiter::Kind::direct;
    waiter_.owner = this;
    waiter_.run = [](concurrent::Task& task) {
        auto& waiter = static_cast<EndWaiter&>(task);
        waiter.place = concurrent::Waiter::Place::nowhere;
        waiter.owner->go_on();
    };
    waiter_.discard = [](concurrent::Task& task) noexcept {
        auto& waiter = static_cast<EndWaiter&>(task);
        waiter.place = concurrent::Waiter::Place::nowhere;
        waiter.owner->discard();
    };
}

RequestRun::~RequestRun() = default;

// What arrives

Future<void>
RequestRun::headers_received(httputil::RequestHead& head, const httputil::Target& target) {
    head_ = &head;
    target_ = &target;
    request_.emplace(head, target, exchange_);
    route_ = &application_->find_route(*request_, groups_);
    const bool waits_for_go_ahead = head.headers.contains(KnownHeader::expect);
    if (!streams() && !(waits_for_go_ahead && !wants_body())) {
        return Future<void>::ready();
    }
    call_handler([this] { start(); });
    return when_gone_on();
}

/// Whether anybody will look at the body. Where nobody serves the request it may still be a
/// prepare() that the handler has, but for that of the page for what is not there.
bool RequestRun::wants_body() const {
    const auto& verbs = route_->verbs;
    if (verbs.prepare.invoke != nullptr &&
        verbs.prepare.invoke != verbs_of<ErrorHandler, RequestHandler>.prepare.invoke) {
        return true;
    }
    const auto method = find_method(request_->method());
    return (method && verbs.methods[static_cast<std::size_t>(*method)].invoke != nullptr) ||
           route_->find_extra_method(request_->method()) != nullptr;
}

Future<void> RequestRun::data_received(std::string_view chunk) {
    if (!streams()) {
        if (wants_body()) {
            request_->body().append(chunk);
        }
    } else if (!finished_) {
        call_handler([&] {
            static_cast<void>(ended(route_->verbs.data_received(*handler_, chunk), Phase::body));
        });
    }
    return when_gone_on();
}

void RequestRun::finish() {
    call_handler([this] { streams() ? call_verb() : start(); });
}

/// Whatever the handler throws in the meantime is answered.
template <typename F>
void RequestRun::call_handler(F call) noexcept {
    const LabelScope scope{route_->label};
    try {
        call();
    } catch (...) {
        answer_exception(std::current_exception());
    }
}

/// Done when a handler that streams the body is ready for more of it.
Future<void> RequestRun::when_gone_on() {
    if (!pending_) {
        return Future<void>::ready();
    }
    going_on_.emplace();
    return going_on_->future();
}

void RequestRun::on_connection_close() {
    client_gone_ = true;
    if (other_ != nullptr) {
        other_->on_connection_close();
        return;
    }
    if (handler_ == nullptr || finished_ || application_ == nullptr) {
        return;
    }
    // What the handler does now may end the exchange, and with it this.
    const httputil::ExchangeRef alive{&exchange_};
    const LabelScope scope{route_->label};
    try {
        handler_->on_connection_close();
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in on_connection_close: ",
            log::format_exception(std::current_exception())
        );
    }
    if (const auto pending = pending_;
        pending && application_ != nullptr && application_->settings().cancel_on_disconnect) {
        pending->cancel();
    }
}

void RequestRun::on_detach() {
    if (other_ != nullptr) {
        other_->on_detach();
    }
    finished_ = detached_ = true;
    unset();
}

// The handler

void RequestRun::start() {
    make_handler();
    check_xsrf();
    if (!route_->verbs.own_user || ended(handler_->load_user().state(), Phase::user)) {
        prepare();
    }
}

void RequestRun::check_xsrf() {
    const auto method = request_->method();
    if (application_->settings().xsrf_cookies && method != "GET" && method != "HEAD" &&
        method != "OPTIONS") {
        handler_->check_xsrf_cookie();
    }
}

void RequestRun::prepare() {
    if (route_->verbs.prepare.invoke == nullptr ||
        ended(route_->verbs.prepare.invoke(*handler_, path_arguments_), Phase::prepare)) {
        after_prepare();
    }
}

void RequestRun::make_handler() {
    handler_ = route_->factory->make();
    handler_->run_ = this;
    handler_->set_default_headers();
    find_verb();
    if (is_served()) {
        parse_form();
    }
    if (!groups_.empty()) {
        path_arguments_.assign(
            route_->pattern, groups_, route_->verbs.own_decode ? handler_.get() : nullptr
        );
    }
}

/// The verb comes next; where the body is streamed, with its end.
void RequestRun::after_prepare() {
    if (!streams()) {
        call_verb();
    }
}

/// Finds what serves the request's method, if anything does. Throws HTTPError{405} for a method
/// that no handler has unless its route says so.
void RequestRun::find_verb() {
    const auto method = find_method(request_->method());
    if (method) {
        verb_ = route_->verbs.methods[static_cast<std::size_t>(*method)].invoke;
    }
    if (verb_ == nullptr) {
        extra_method_ = route_->find_extra_method(request_->method());
    }
    if (!method && extra_method_ == nullptr) {
        throw HTTPError{405};
    }
}

void RequestRun::parse_form() {
    if (form_parsed_ || request_->body().empty()) {
        return;
    }
    form_parsed_ = true;
    try {
        request_->parse_body();
    } catch (const httputil::HTTPInputError& error) {
        throw HTTPError{400, std::string{"Invalid body: "} + error.what()};
    }
}

void RequestRun::call_verb() {
    if (finished_) {
        return;  // by prepare()
    }
    if (ended(invoke_verb(), Phase::verb) && !finished_) {
        finish_response();
    }
}

Started RequestRun::invoke_verb() {
    if (verb_ != nullptr) {
        return verb_(*handler_, path_arguments_);
    }
    if (extra_method_ != nullptr) {
        return extra_method_->invoke(*handler_, path_arguments_);
    }
    throw HTTPError{405};
}

/// Whether a call of the handler is over. If not, go_on() comes when it is. Throws what the call
/// failed with.
bool RequestRun::ended(Started started, Phase phase) {
    if (!started) {
        return true;
    }
    if (started->settled()) {
        started->throw_if_failed();
        return true;
    }
    wait_for(std::move(started), phase);
    return false;
}

void RequestRun::wait_for(Started started, Phase phase) {
    phase_ = phase;
    pending_ = std::move(started);
    self_ = httputil::ExchangeRef{&exchange_};
    application_->waiting_.add(*this);
    waiter_.context = concurrent::Context::capture();  // for what comes after the handler too
    pending_->attach(waiter_);
    if (time_limit().count() > 0 && !is_set() && !timed_out_ && !detached_) {
        limit_time();
    }
}

// Time

std::chrono::milliseconds RequestRun::time_limit() const noexcept {
    return time_limit_ ? *time_limit_
                       : route_->handler_timeout.value_or(application_->settings().handler_timeout);
}

void RequestRun::set_time_limit(std::chrono::milliseconds limit) {
    time_limit_ = limit;
    unset();
    if (pending_ && limit.count() > 0 && !timed_out_ && !detached_) {
        limit_time();
    }
}

void RequestRun::limit_time() {
    const auto limit = static_cast<std::uint64_t>(time_limit().count());
    ioloop::IOLoop::current().deadlines().set(*this, ioloop::DeadlineWheel::ticks(limit));
}

/// The first time, whatever the handler waits for is cancelled; what comes of that is answered. The
/// second time it has not heeded that.
void RequestRun::time_is_up() {
    const auto pending = pending_;
    if (!pending) {
        return;
    }
    const httputil::ExchangeRef alive{&exchange_};
    const LabelScope scope{route_->label};
    if (!std::exchange(timed_out_, true)) {
        constexpr ioloop::DeadlineWheel::Tick grace = 10;
        ioloop::IOLoop::current().deadlines().set(*this, grace);
        pending->cancel();
    } else if (!finished_ && application_ != nullptr) {
        answer_exception(std::make_exception_ptr(timeout_error()));
    }
}

HTTPError RequestRun::timeout_error() const {
    return HTTPError{
        503, "the handler took longer than " + std::to_string(time_limit().count()) + " ms"};
}

void RequestRun::go_on() {
    const auto alive = std::move(self_);
    const auto done = std::move(pending_);
    if (phase_ == Phase::body || phase_ == Phase::verb || (streams() && phase_ != Phase::user)) {
        unset();
    }
    if (application_ == nullptr) {
        done->mark_looked_at();
        return;
    }
    application_->waiting_.remove(*this);
    const LabelScope scope{route_->label};
    try {
        done->throw_if_failed();
        if (phase_ == Phase::user) {
            prepare();
        } else if (phase_ == Phase::prepare) {
            after_prepare();
        } else if (phase_ == Phase::verb && !finished_) {
            finish_response();
        }
    } catch (...) {
        answer_exception(std::current_exception());
    }
    if (pending_) {
        return;  // for the next of its calls
    }
    if (auto going_on = std::exchange(going_on_, std::nullopt)) {
        going_on->set_result();
    }
}

/// The loop is closed: what the handler waited for will not be heard of.
void RequestRun::discard() noexcept {
    const auto alive = std::move(self_);
    const auto done = std::move(pending_);
    done->mark_looked_at();
    if (application_ != nullptr) {
        application_->waiting_.remove(*this);
    }
}

void RequestRun::outlive_application(Route route) noexcept {
    application_ = nullptr;
    kept_route_ = std::move(route);
}

Application& RequestRun::application() const {
    if (application_ == nullptr) {
        throw std::logic_error{
            "the Application has gone before its handler: keep it until the loop is closed"};
    }
    return *application_;
}

void RequestRun::answer_exception(std::exception_ptr error) noexcept {
    try {
        turn_into_response(error);
        return;
    } catch (...) {
        // What reports errors has failed itself: the client must not take the rest for a response.
        log::app_log().error(
            "Error while answering an error: ", log::format_exception(std::current_exception())
        );
    }
    try {
        break_off();
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in on_finish: ", log::format_exception(std::current_exception())
        );
    }
}

void RequestRun::turn_into_response(std::exception_ptr error) {
    if (handler_ == nullptr) {
        handler_ = std::make_unique<RequestHandler>();  // the user's could not be made
        handler_->run_ = this;
    }
    if (headers_written_ && exchange_.closed() && is_stream_closed(error)) {
        break_off();  // the client has gone while it was written to: no error of the handler's
        return;
    }
    try {
        std::rethrow_exception(error);
    } catch (const Finish& finish) {
        if (!finished_) {
            body().append(finish.chunk());
            finish_response();
        }
    } catch (const CancelledError&) {
        if (timed_out_ && !finished_) {
            turn_into_response(std::make_exception_ptr(timeout_error()));
        } else if (!finished_) {
            if (!exchange_.closed() && !client_gone_) {
                log::app_log().warning("Cancelled: ", route_->label);
            }
            break_off();
        }
    } catch (const iostream::StreamClosedError&) {
        if (detached_) {
            return;  // the peer left: the usual end of a stream
        }
        handler_->log_exception(error);
        if (!finished_) {
            send_error(500, error);
        }
    } catch (const HTTPError& http_error) {
        handler_->log_exception(error);
        if (!finished_) {
            send_error(http_error.status_code(), error);
        }
    } catch (...) {
        handler_->log_exception(error);
        if (!finished_) {
            send_error(500, error);
        }
    }
}

/// Ends the response where it is, visibly: a clean end would pass it off as a whole one.
void RequestRun::break_off() {
    finished_ = true;
    exchange_.abort();
    conclude();
}

/// The response is over, one way or another: says so to the log and to the handler, once.
void RequestRun::conclude() {
    if (std::exchange(concluded_, true) || application_ == nullptr) {
        return;
    }
    try {
        application_->log_request(*handler_);
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in log_function: ", log::format_exception(std::current_exception())
        );
    }
    handler_->on_finish();
}

// The response

void RequestRun::check_not_detached() const {
    if (detached_) {
        throw std::logic_error{
            "the response is over, and the connection goes on with another protocol: set status, "
            "headers and cookies before"};
    }
}

ClientState& RequestRun::client() {
    if (client_ == nullptr) {
        client_ = std::make_unique<ClientState>();
    }
    return *client_;
}

void RequestRun::set_status(int status, std::string_view reason) {
    if (!is_sendable_status(status)) {
        throw std::invalid_argument{
            "a response's status is from 200 to 999, not " + std::to_string(status)};
    }
    status_ = status;
    const auto sendable = [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '<');
    };
    for (const char c : reason) {
        if (!sendable(c)) {
            reason_ = "Unknown";
            return;
        }
    }
    reason_ = reason;
}

std::string_view RequestRun::reason() const noexcept {
    return reason_.empty() ? httputil::reason_phrase(status_) : std::string_view{reason_};
}

void RequestRun::set_cookie(httputil::Cookie cookie) {
    if (const auto text = cookie.to_string(); text.has_error()) {
        throw HTTPError{500, "cookie " + cookie.name + ": " + text.error().message()};
    }
    for (auto& former : cookies_) {
        if (former.name == cookie.name) {
            former = std::move(cookie);
            return;
        }
    }
    cookies_.push_back(std::move(cookie));
}

void RequestRun::add_cookies() {
    for (const auto& cookie : cookies_) {
        headers().add_unchecked(KnownHeader::set_cookie, *cookie.to_string());
    }
}

void RequestRun::clear() {
    transforms_.clear();
    transformed_ = false;
    status_ = 200;
    reason_.clear();
    body().clear();
    buffers_->set_default_headers();
    handler_->set_default_headers();
}

Future<void> RequestRun::flush() {
    if (finished_) {
        throw std::logic_error{"flush() after finish(): the response is complete"};
    }
    return send_written(false);
}

/// Sends what has been written, and the head if it is not on its way yet.
Future<void> RequestRun::send_written(bool finishing) {
    std::string chunk = std::move(body());
    body().clear();
    transform(chunk, finishing);
    if (is_head()) {
        chunk.clear();
    }
    if (!headers_written_) {
        add_cookies();
        auto future = exchange_.write_headers(status_, reason_, headers(), {});
        headers_written_ = true;  // what throws before has sent nothing: there can be an error page
        if (chunk.empty()) {
            return future;
        }
    }
    return chunk.empty() ? Future<void>::ready() : exchange_.write(std::move(chunk));
}

void RequestRun::prepare_whole_response() {
    if (exchange_.closed()) {
        return;  // nobody listens
    }
    const bool is_get = request_->method() == "GET" || is_head();
    if (status_ == 200 && is_get) {
        if (!headers().contains(KnownHeader::etag)) {
            add_etag();
        }
        answer_conditions();
    }
    if (has_no_body(status_)) {
        if (!body().empty()) {
            throw std::logic_error{
                "a " + std::to_string(status_) +
                " response has no body: write nothing, or use another status"};
        }
        headers().remove(KnownHeader::content_type);
        headers().remove(KnownHeader::content_encoding);
        headers().remove(KnownHeader::content_language);
        transform(body(), true);
    } else {
        transform(body(), true);
        if (is_head() && !headers().contains(KnownHeader::content_length)) {
            headers().add_unchecked(KnownHeader::content_length, std::to_string(body().size()));
        }
        if (is_head()) {
            body().clear();
        }
    }
    add_cookies();
}

/// Sends less than has been written when the request's conditions say so (RFC 9110, 13).
void RequestRun::answer_conditions() {
    const auto checked = check_preconditions(request_->headers(), headers());
    if (checked == Precondition::holds) {
        return;
    }
    body().clear();
    set_status(checked == Precondition::not_modified ? 304 : 412, {});
    headers().remove(KnownHeader::content_type);
    headers().remove(KnownHeader::content_length);
}

void RequestRun::set_etag_header() {
    if (!route_->verbs.own_etag) {
        headers().remove(KnownHeader::etag);
    }
    add_etag();
}

/// Sets the Etag, where our own would be the first.
void RequestRun::add_etag() {
    if (!route_->verbs.own_etag) {
        headers().add_unchecked(KnownHeader::etag, Etag{body()}.text());
    } else if (const auto etag = handler_->compute_etag()) {
        headers().set("Etag", *etag);
    }
}

void RequestRun::finish_response() {
    if (finished_) {
        throw std::logic_error{"finish() called twice: the response is complete"};
    }
    if (!headers_written_) {
        prepare_whole_response();
        exchange_.send_response(status_, reason_, headers(), std::move(body()));
        headers_written_ = true;
    } else {
        if (!body().empty() || changes_body()) {
            send_written(true);
        }
        exchange_.finish();
    }
    finished_ = true;
    conclude();
}

// Files

Future<void> RequestRun::write_file(int file, std::uint64_t offset, std::size_t count) {
    auto head = flush();
    if (is_head()) {
        return head;
    }
    if (!changes_body()) {
        return exchange_.write_file(file, offset, count);
    }
    netutil::Socket own{::fcntl(file, F_DUPFD_CLOEXEC, 0)};
    if (!own) {
        throw std::system_error{errno, std::system_category(), "cannot send the file"};
    }
    return write_transformed(std::move(own), offset, count);
}

namespace {

std::string
read_piece(const std::shared_ptr<netutil::Socket>& file, std::uint64_t offset, std::size_t size) {
    std::string piece(size, '\0');
    const auto got = ::pread(file->fileno(), piece.data(), size, static_cast<off_t>(offset));
    if (got < 0) {
        throw std::system_error{errno, std::system_category(), "cannot read the file"};
    }
    piece.resize(static_cast<std::size_t>(got));
    return piece;
}

}  // namespace

/// Reads a file on the executor, for transforms that want to see it.
Future<void>
RequestRun::write_transformed(netutil::Socket file, std::uint64_t offset, std::size_t count) {
    constexpr std::size_t most = 64 * 1024;
    const httputil::ExchangeRef alive{&exchange_};
    const auto shared = std::make_shared<netutil::Socket>(std::move(file));
    while (count > 0 && !finished_) {
        auto reading = ioloop::IOLoop::current().run_in_executor(
            &read_piece, shared, offset, std::min(count, most)
        );
        const auto piece = co_await std::move(reading);
        if (piece.empty()) {
            throw std::runtime_error{"the file is shorter than it was"};
        }
        offset += piece.size();
        count -= piece.size();
        if (!finished_) {
            body().append(piece);
            co_await flush();
        }
    }
}

// Transforms

void RequestRun::make_transforms() {
    for (const auto& make : application_->transforms_) {
        if (auto made = make(*request_)) {
            transforms_.push_back(std::move(made));
        }
    }
}

/// Lets what is about to be sent pass through the transforms.
void RequestRun::transform(std::string& chunk, bool finishing) {
    if (application_ == nullptr || application_->transforms_.empty()) {
        return;
    }
    const bool is_first = !std::exchange(transformed_, true);
    if (is_first) {
        make_transforms();
    }
    for (const auto& transform : transforms_) {
        if (is_first) {
            transform->transform_first_chunk(status_, headers(), chunk, finishing);
        } else {
            transform->transform_chunk(chunk, finishing);
        }
    }
}

bool RequestRun::changes_body() const {
    return std::any_of(transforms_.begin(), transforms_.end(), [](const auto& transform) {
        return transform->changes_body();
    });
}

// Others

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
    add_cookies();
    auto stream = http1connection::upgrade(exchange_, protocol, headers(), std::move(on_drain));
    status_ = 101;
    reason_.clear();
    headers_written_ = true;
    conclude();
    return stream;
}

void RequestRun::clear_for_error() noexcept {
    try {
        clear();
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in set_default_headers: ",
            log::format_exception(std::current_exception())
        );
        buffers_->set_default_headers();
    }
}

void RequestRun::send_error(int status, std::exception_ptr error) {
    if (headers_written_) {
        log::gen_log().error("Cannot send error response after headers written");
        if (!finished_) {
            break_off();
        }
        return;
    }
    clear_for_error();
    status = is_sendable_status(status) ? status : 500;
    set_status(status, reason_of(error));
    if (status == 405 && !headers().contains(KnownHeader::allow)) {
        headers().add_unchecked(KnownHeader::allow, route_->allowed_methods());  // RFC 9110, 15.5.6
    }
    try {
        handler_->write_error(status, error);
        if (has_no_body(status)) {
            body().clear();
        }
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in write_error: ", log::format_exception(std::current_exception())
        );
        if (headers_written_ && !finished_) {
            break_off();  // what is missing of the page will not come
        }
    }
    if (!finished_) {
        finish_response();
    }
}

}  // namespace tornado::web::detail
