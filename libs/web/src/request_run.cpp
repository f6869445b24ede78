#include "request_run.hpp"

#include "methods.hpp"
#include "page.hpp"
#include "tornado/httputil/error.hpp"
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

void RequestRun::handle_wrapped() noexcept {
    call_handler([this] { handle(); });
}

}  // namespace tornado::web::detail
