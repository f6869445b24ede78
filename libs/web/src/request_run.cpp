#include <stdexcept>

#include "methods.hpp"
#include "page.hpp"
#include "request_course.hpp"
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

RequestRun::Course::Course(RequestRun& owner, httputil::HTTPConnection& its_exchange)
    : Deadline{[](Deadline& deadline) { static_cast<Course&>(deadline).run.look_at_clock(); }},
      run{owner},
      exchange{its_exchange} {
    waiter.kind = concurrent::Waiter::Kind::direct;
    waiter.owner = &owner;
    waiter.run = [](concurrent::Task& task) {
        auto& its_waiter = static_cast<EndWaiter&>(task);
        its_waiter.place = concurrent::Waiter::Place::nowhere;
        its_waiter.owner->go_on();
    };
    waiter.discard = [](concurrent::Task& task) noexcept {
        auto& its_waiter = static_cast<EndWaiter&>(task);
        its_waiter.place = concurrent::Waiter::Place::nowhere;
        its_waiter.owner->discard();
    };
}

RequestRun::Whole::~Whole() {
    if (course.wrapping != nullptr) {
        course.wrapping->leave();
    }
    handler_.reset();  // while all that its destructor may use is there
}

std::unique_ptr<RequestRun>
RequestRun::make(Application& application, httputil::HTTPConnection& exchange) {
    return std::make_unique<Whole>(application, exchange);
}

RequestRun::RequestRun(Application& application)
    : application_{&application},
      buffers_{ResponseBuffers::take()} {}

RequestRun::~RequestRun() {
    if (kept_ && application_ != nullptr) {
        application_->waiting_.remove(*this);
    }
}

// What arrives

Future<void>
RequestRun::headers_received(httputil::RequestHead& head, const httputil::Target& target) {
    course_->head = &head;
    course_->target = &target;
    request_ = &course_->request.emplace(head, target, course_->exchange);
    routing::PathGroups groups;
    route_ = &application_->find_route(*request_, groups);
    if (!groups.empty()) {
        captured_ = std::make_unique<Captured>();
        captured_->groups = std::move(groups);
    }
    if (route_->handler_timeout || time_limit().count() != 0) {
        course_->servers_limit = course_->exchange.handler_timeout();
        course_->exchange.set_handler_timeout(std::chrono::milliseconds{0}
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
        if (course_->wrapping != nullptr) {
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
    course_->going_on.emplace();
    return course_->going_on->future();
}

/// Whether something has to be over before more of a streamed body can be taken.
bool RequestRun::is_busy() const noexcept {
    return course_->pending ||
           (course_->wrapping != nullptr && !finished_ && !course_->wrapping->awaits_body);
}

void RequestRun::let_body_come() {
    if (course_->wrapping != nullptr) {
        settle_body();
    }
    if (is_busy()) {
        return;
    }
    if (auto going_on = std::exchange(course_->going_on, std::nullopt)) {
        going_on->set_result();
    }
}

void RequestRun::on_connection_close() {
    course_->client_gone = true;
    if (course_->other != nullptr) {
        course_->other->on_connection_close();
        return;
    }
    if (handler_ == nullptr || finished_ || application_ == nullptr) {
        return;
    }
    if (course_->exchange.timed_out()) {
        time_is_up();  // the server's
        return;
    }
    // What the handler does now may end the exchange, and with it this.
    const httputil::ExchangeRef alive{&course_->exchange};
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
    if (course_->wrapping != nullptr) {
        let_body_come();
    }
}

void RequestRun::on_detach() {
    if (course_->other != nullptr) {
        course_->other->on_detach();
    }
    finished_ = detached_ = true;
    course_->unset();
}

void RequestRun::on_drain() {
    if (course_->other != nullptr) {
        course_->other->on_drain();
    } else if (handler_ != nullptr && !finished_) {
        const httputil::ExchangeRef alive{&course_->exchange};
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
    if (finished_ || !route_->verbs.own_user || ended(handler_->load_user().state(), Phase::user)) {
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

/// Nothing is prepared where check_xsrf_cookie() or load_current_user() has answered.
void RequestRun::prepare() {
    if (finished_ || route_->verbs.prepare.invoke == nullptr ||
        ended(route_->verbs.prepare.invoke(*handler_, path_args()), Phase::prepare)) {
        after_prepare();
    }
}

void RequestRun::make_handler() {
    handler_ = route_->factory->make();
    handler_->run_ = this;
    set_default_headers();
}

/// The verb comes next; where the body is streamed, with its end. But a body that nobody serves is
/// not to be sent first.
void RequestRun::after_prepare() {
    if (!streams() || !is_served()) {
        call_verb();
    } else if (course_->wrapping != nullptr) {
        course_->wrapping->awaits_body = true;
        let_body_come();
    }
}

void RequestRun::end_body() {
    if (course_->wrapping != nullptr) {
        course_->wrapping->awaits_body = false;
    }
    call_verb();
}

/// Finds what serves the request's method, if anything does. Throws HTTPError{405} for a method
/// that no handler has unless its route says so.
void RequestRun::find_verb() {
    const auto method = find_method(request_->method());
    if (method) {
        course_->verb = route_->verbs.methods[static_cast<std::size_t>(*method)].invoke;
    }
    if (course_->verb == nullptr) {
        course_->extra_method = route_->find_extra_method(request_->method());
    }
    if (!method && course_->extra_method == nullptr) {
        throw HTTPError{405};
    }
}

void RequestRun::parse_form() {
    if (form_parsed_ || request().body().empty()) {
        return;
    }
    form_parsed_ = true;
    try {
        request_->parse_body();
    } catch (const httputil::HTTPInputError& error) {
        throw HTTPError{400, std::string{"Invalid body: "} + error.what()};
    }
}

bool RequestRun::is_served() const noexcept {
    return course_->verb != nullptr || course_->extra_method != nullptr;
}

void RequestRun::call_verb() {
    course_->phase = Phase::verb;
    if (finished_ || ended(invoke_verb(), Phase::verb)) {  // prepare() may have finished it
        verb_ended();
    }
}

void RequestRun::verb_ended() {
    if (making_page_ && !finished_) {
        throw std::logic_error{
            "the handler has ended before its page: render_async() has to be awaited"};
    }
    if (course_->wrapping != nullptr) {
        if (course_->wrapping->is_inside()) {
            course_->wrapping->handler_ended();
        }
    } else if (!finished_) {
        finish_response();
    }
}

/// What the handler throws goes to its middleware first.
void RequestRun::fail(std::exception_ptr error) noexcept {
    if (course_->wrapping != nullptr && course_->wrapping->is_inside()) {
        course_->wrapping->handler_failed(std::move(error));
    } else {
        answer_exception(std::move(error));
    }
}

Started RequestRun::invoke_verb() {
    if (course_->verb != nullptr) {
        return course_->verb(*handler_, path_args());
    }
    if (course_->extra_method != nullptr) {
        return course_->extra_method->invoke(*handler_, path_args());
    }
    throw HTTPError{405};
}

void RequestRun::handle_wrapped() noexcept {
    call_handler([this] { handle(); });
}

}  // namespace tornado::web::detail
