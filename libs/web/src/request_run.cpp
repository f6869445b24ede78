#include "request_run.hpp"

#include <algorithm>
#include <stdexcept>

#include "etag.hpp"
#include "methods.hpp"
#include "page.hpp"
#include "preconditions.hpp"
#include "status_rules.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/time_limit.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"
#include "tornado/web/handlers.hpp"

namespace tornado::web::detail {

using httputil::KnownHeader;

namespace {

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

RequestRun::~RequestRun() {
    if (wrapping_ != nullptr) {
        wrapping_->leave();
    }
}

// What arrives

Future<void>
RequestRun::headers_received(httputil::RequestHead& head, const httputil::Target& target) {
    head_ = &head;
    target_ = &target;
    request_.emplace(head, target, exchange_);
    routing::PathGroups groups;
    route_ = &application_->find_route(*request_, groups);
    if (!groups.empty()) {
        captured_ = std::make_unique<Captured>();
        captured_->groups = std::move(groups);
    }
    if (exchange_.handler_timeout().count() != 0 &&
        (route_->handler_timeout || time_limit().count() != 0)) {
        exchange_.set_handler_timeout(std::chrono::milliseconds{0}
        );  // instead there is a finer one
    }
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
        if (wrapping_ != nullptr) {
            let_body_come();
        }
    }
    return when_gone_on();
}

void RequestRun::trailers_received(const httputil::HTTPHeaders& trailers) {
    request_->set_trailers(trailers);
}

void RequestRun::finish() {
    call_handler([this] { streams() ? end_body() : start(); });
}

/// Whatever the handler throws in the meantime is answered.
template <typename F>
void RequestRun::call_handler(F call) noexcept {
    const LabelScope scope{route_->label};
    std::optional<stack_context::StackContext> limit;
    limit_context(limit);
    try {
        call();
    } catch (...) {
        fail(std::current_exception());
    }
}

/// Done when a handler that streams the body is ready for more of it.
Future<void> RequestRun::when_gone_on() {
    if (!is_busy()) {
        return Future<void>::ready();
    }
    going_on_.emplace();
    return going_on_->future();
}

/// Whether something has to be over before more of a streamed body can be taken.
bool RequestRun::is_busy() const noexcept {
    return pending_ || (wrapping_ != nullptr && !finished_ && !wrapping_->awaits_body);
}

void RequestRun::let_body_come() {
    if (wrapping_ != nullptr) {
        settle_body();
    }
    if (is_busy()) {
        return;
    }
    if (auto going_on = std::exchange(going_on_, std::nullopt)) {
        going_on->set_result();
    }
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
    if (exchange_.timed_out()) {
        time_is_up();  // the server's
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
    if (application_ != nullptr && application_->settings().cancel_on_disconnect) {
        cancel_wait();
    }
    if (wrapping_ != nullptr) {
        let_body_come();
    }
}

void RequestRun::on_detach() {
    if (other_ != nullptr) {
        other_->on_detach();
    }
    finished_ = detached_ = true;
    unset();
}

void RequestRun::on_drain() {
    if (other_ != nullptr) {
        other_->on_drain();
    } else if (handler_ != nullptr && !finished_) {
        const httputil::ExchangeRef alive{&exchange_};
        const LabelScope scope{route_->label};
        handler_->on_drain();
    }
}

// The handler

const PathArguments& RequestRun::path_args() const noexcept {
    static const PathArguments none;
    return captured_ != nullptr ? captured_->arguments : none;
}

void RequestRun::start() {
    make_handler();
    if (application_->middleware_ == nullptr && route_->middleware == nullptr) {
        handle();
    } else {
        wrap();
    }
}

/// All that middleware is around.
void RequestRun::handle() {
    find_verb();
    if (is_served()) {
        parse_form();
    }
    if (captured_ != nullptr) {
        captured_->arguments.assign(
            route_->pattern, captured_->groups, route_->verbs.own_decode ? handler_.get() : nullptr
        );
    }
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
        ended(route_->verbs.prepare.invoke(*handler_, path_args()), Phase::prepare)) {
        after_prepare();
    }
}

void RequestRun::make_handler() {
    handler_ = route_->factory->make();
    handler_->run_ = this;
    handler_->set_default_headers();
}

/// The verb comes next; where the body is streamed, with its end.
void RequestRun::after_prepare() {
    if (!streams()) {
        call_verb();
    } else if (wrapping_ != nullptr) {
        wrapping_->awaits_body = true;
        let_body_come();
    }
}

void RequestRun::end_body() {
    if (wrapping_ != nullptr) {
        wrapping_->awaits_body = false;
    }
    call_verb();
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
    if (finished_ || ended(invoke_verb(), Phase::verb)) {  // prepare() may have finished it
        verb_ended();
    }
}

void RequestRun::verb_ended() {
    if (wrapping_ != nullptr) {
        if (wrapping_->is_inside()) {
            wrapping_->handler_ended();
        }
    } else if (!finished_) {
        finish_response();
    }
}

/// What the handler throws goes to its middleware first.
void RequestRun::fail(std::exception_ptr error) noexcept {
    if (wrapping_ != nullptr && wrapping_->is_inside()) {
        wrapping_->handler_failed(std::move(error));
    } else {
        answer_exception(std::move(error));
    }
}

Started RequestRun::invoke_verb() {
    if (verb_ != nullptr) {
        return verb_(*handler_, path_args());
    }
    if (extra_method_ != nullptr) {
        return extra_method_->invoke(*handler_, path_args());
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
    begin_wait();
    waiter_.context = concurrent::Context::capture();  // for what comes after the handler too
    pending_->attach(waiter_);
    limit_time();
}

std::chrono::milliseconds RequestRun::time_limit() const noexcept {
    return time_limit_ ? *time_limit_
                       : route_->handler_timeout.value_or(application_->settings().handler_timeout);
}

/// What the handler calls from now on can know how long it has.
void RequestRun::limit_context(std::optional<stack_context::StackContext>& scope) {
    const auto limit = time_limit();
    if (limit.count() <= 0 || timed_out_) {
        return;
    }
    auto& loop = ioloop::IOLoop::current();
    if (began_ == ioloop::TimePoint{}) {
        began_ = loop.time();
    }
    scope.emplace(ioloop::must_end_by, began_ + limit);
}

/// The time of a wait that begins, if it has a limit that does not run yet.
void RequestRun::limit_time() {
    const auto limit = time_limit().count();
    if (limit > 0 && !is_set() && !timed_out_ && !detached_) {
        const auto ticks = ioloop::DeadlineWheel::ticks(static_cast<std::uint64_t>(limit));
        ioloop::IOLoop::current().deadlines().set(*this, ticks);
    }
}

void RequestRun::begin_wait() {
    if (waits_++ == 0) {
        self_ = httputil::ExchangeRef{&exchange_};
        application_->waiting_.add(*this);
    }
}

httputil::ExchangeRef RequestRun::end_wait() noexcept {
    if (--waits_ != 0) {
        return self_;
    }
    if (application_ != nullptr) {
        application_->waiting_.remove(*this);
    }
    return std::move(self_);
}

void RequestRun::go_on() {
    const auto alive = end_wait();
    const auto done = std::move(pending_);
    const bool last = phase_ == Phase::body || phase_ == Phase::verb;
    if (streams() ? last || phase_ == Phase::prepare : last && wrapping_ == nullptr) {
        unset();
    }
    if (application_ == nullptr) {
        done->mark_looked_at();
        if (wrapping_ != nullptr && wrapping_->is_inside()) {
            wrapping_->handler_failed(std::make_exception_ptr(CancelledError{}));
        }
        return;
    }
    const LabelScope scope{route_->label};
    std::optional<stack_context::StackContext> limit;
    limit_context(limit);
    try {
        done->throw_if_failed();
        if (phase_ == Phase::user) {
            prepare();
        } else if (phase_ == Phase::prepare) {
            after_prepare();
        } else if (phase_ == Phase::verb) {
            verb_ended();
        }
    } catch (...) {
        fail(std::current_exception());
    }
    let_body_come();
}

void RequestRun::handle_wrapped() noexcept {
    call_handler([this] { handle(); });
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
    auto& cookies = buffers().cookies;
    for (auto& former : cookies) {
        if (former.name == cookie.name) {
            former = std::move(cookie);
            return;
        }
    }
    cookies.push_back(std::move(cookie));
}

void RequestRun::add_head_hook(util::UniqueFunction<void(RequestHandler&)> hook) {
    if (headers_written_) {
        throw std::logic_error{"before_headers() after headers have been written: call it before"};
    }
    buffers().head_hooks.push_back(std::move(hook));
}

/// The last that becomes of the head before it is sent.
void RequestRun::complete_head() {
    auto& hooks = buffers().head_hooks;
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        hooks[i](*handler_);
    }
    for (const auto& cookie : buffers().cookies) {
        headers().add_unchecked(KnownHeader::set_cookie, *cookie.to_string());
    }
}

void RequestRun::clear() {
    buffers().transforms.clear();
    transformed_ = false;
    status_ = 200;
    reason_.clear();
    body().clear();
    buffers().set_default_headers();
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
        complete_head();
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
    complete_head();
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

// Transforms

void RequestRun::make_transforms() {
    for (const auto& make : application_->transforms_) {
        if (auto made = make(*request_)) {
            buffers().transforms.push_back(std::move(made));
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
    for (const auto& transform : buffers().transforms) {
        if (is_first) {
            transform->transform_first_chunk(status_, headers(), chunk, finishing);
        } else {
            transform->transform_chunk(chunk, finishing);
        }
    }
}

bool RequestRun::changes_body() const {
    const auto& transforms = buffers_->transforms;
    return std::any_of(transforms.begin(), transforms.end(), [](const auto& transform) {
        return transform->changes_body();
    });
}

}  // namespace tornado::web::detail
