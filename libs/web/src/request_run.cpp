#include "request_run.hpp"

#include <array>
#include <stdexcept>

#include "etag.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/log.hpp"

namespace tornado::web::detail {

using httputil::KnownHeader;

namespace {

std::optional<Method> find_method(std::string_view name) noexcept {
    switch (name.size()) {
        case 3:
            return name == "GET"   ? std::optional{Method::get}
                   : name == "PUT" ? std::optional{Method::put}
                                   : std::nullopt;
        case 4:
            return name == "POST"   ? std::optional{Method::post}
                   : name == "HEAD" ? std::optional{Method::head}
                                    : std::nullopt;
        case 5:
            return name == "PATCH" ? std::optional{Method::patch} : std::nullopt;
        case 6:
            return name == "DELETE" ? std::optional{Method::delete_} : std::nullopt;
        case 7:
            return name == "OPTIONS" ? std::optional{Method::options} : std::nullopt;
        default:
            return std::nullopt;
    }
}

const ExtraMethod* find_extra_method(const RouteData& route, std::string_view name) noexcept {
    for (const auto& method : route.extra_methods) {
        if (method->name == name) {
            return method.get();
        }
    }
    return nullptr;
}

bool has_no_body(int status) noexcept {
    return status == 204 || status == 304 || (status >= 100 && status < 200);
}

/// What the log and the watchdog name as the culprit while a handler runs.
class LabelScope {
public:
    explicit LabelScope(const std::string& label) noexcept
        : former_{concurrent::Context::current_label()} {
        concurrent::Context::set_current_label(&label);
    }
    LabelScope(const LabelScope&) = delete;
    LabelScope& operator=(const LabelScope&) = delete;
    ~LabelScope() { concurrent::Context::set_current_label(former_); }

private:
    const std::string* former_;
};

}  // namespace

RequestRun::RequestRun(Application& application, httputil::HTTPConnection& exchange)
    : application_{application},
      exchange_{exchange},
      buffers_{ResponseBuffers::take()} {
    waiter_.kind = concurrent::Waiter::Kind::direct;
    waiter_.owner = this;
    waiter_.run = [](concurrent::Task& task) {
        auto& waiter = static_cast<EndWaiter&>(task);
        waiter.place = concurrent::Waiter::Place::nowhere;
        waiter.owner->go_on();
    };
}

RequestRun::~RequestRun() = default;

// What arrives

Future<void>
RequestRun::headers_received(httputil::RequestHead& head, const httputil::Target& target) {
    request_.emplace(head, target, exchange_);
    route_ = &application_.find_route(target.path, groups_);
    return Future<void>::ready();
}

Future<void> RequestRun::data_received(std::string_view chunk) {
    request_->body().append(chunk);
    return Future<void>::ready();
}

void RequestRun::finish() {
    const LabelScope scope{route_->label};
    try {
        start();
    } catch (...) {
        answer_exception(std::current_exception());
    }
}

void RequestRun::on_connection_close() {
    if (handler_ == nullptr || finished_) {
        return;
    }
    const LabelScope scope{route_->label};
    try {
        handler_->on_connection_close();
    } catch (...) {
        handler_->log_exception(std::current_exception());
    }
    if (pending_ && application_.settings().cancel_on_disconnect) {
        pending_->cancel();
    }
}

// The handler

void RequestRun::start() {
    handler_ = route_->factory->make();
    handler_->run_ = this;
    handler_->set_default_headers();
    if (!find_method(request_->method()) &&
        find_extra_method(*route_, request_->method()) == nullptr) {
        throw HTTPError{405};
    }
    if (!request_->body().empty()) {
        try {
            request_->parse_body();
        } catch (const httputil::HTTPInputError& error) {
            throw HTTPError{400, std::string{"Invalid body: "} + error.what()};
        }
    }
    path_arguments_.assign(groups_);
    if (route_->verbs.prepare.invoke != nullptr &&
        !ended(route_->verbs.prepare.invoke(*handler_, path_arguments_), Phase::prepare)) {
        return;
    }
    call_verb();
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
    if (const auto method = find_method(request_->method())) {
        if (const auto& verb = route_->verbs.methods[static_cast<std::size_t>(*method)];
            verb.invoke != nullptr) {
            return verb.invoke(*handler_, path_arguments_);
        }
    }
    if (const auto* method = find_extra_method(*route_, request_->method())) {
        return method->invoke(*handler_, path_arguments_);
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
    phase_ = phase;
    pending_ = std::move(started);
    self_ = httputil::ExchangeRef{&exchange_};
    pending_->attach(waiter_);
    return false;
}

void RequestRun::go_on() {
    const auto alive = std::move(self_);
    const auto done = std::move(pending_);
    const LabelScope scope{route_->label};
    try {
        done->throw_if_failed();
        if (phase_ == Phase::prepare) {
            call_verb();
        } else if (!finished_) {
            finish_response();
        }
    } catch (...) {
        answer_exception(std::current_exception());
    }
}

void RequestRun::answer_exception(std::exception_ptr error) noexcept {
    try {
        turn_into_response(error);
    } catch (...) {
        // What reports errors has failed itself: the client must not take the rest for a response.
        log::app_log().error(
            "Error while answering an error: ", log::format_exception(std::current_exception())
        );
        finished_ = true;
        exchange_.abort();
    }
}

void RequestRun::turn_into_response(std::exception_ptr error) {
    if (handler_ == nullptr) {
        handler_ = std::make_unique<RequestHandler>();  // the user's could not be made
        handler_->run_ = this;
    }
    try {
        std::rethrow_exception(error);
    } catch (const Finish&) {
        if (!finished_) {
            finish_response();
        }
        return;
    } catch (const CancelledError&) {
        if (!exchange_.closed() && !finished_) {
            log::app_log().warning("Cancelled: ", route_->label);
        }
        finished_ = true;
        exchange_.abort();
        handler_->on_finish();
        return;
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

// The response

void RequestRun::set_status(int status, std::string_view reason) {
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
    cookies_.clear();
}

void RequestRun::clear() {
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
    std::string chunk;
    if (!is_head()) {
        chunk = std::move(body());
    }
    body().clear();
    if (!std::exchange(headers_written_, true)) {
        add_cookies();
        auto future = exchange_.write_headers(status_, reason_, headers(), {});
        if (chunk.empty()) {
            return future;
        }
    }
    return chunk.empty() ? Future<void>::ready() : exchange_.write(std::move(chunk));
}

void RequestRun::prepare_whole_response() {
    const bool is_get = request_->method() == "GET" || is_head();
    if (status_ == 200 && is_get && !headers().contains(KnownHeader::etag)) {
        set_etag_header();
        if (handler_->check_etag_header()) {
            body().clear();
            set_status(304, {});
        }
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
    } else if (is_head()) {
        if (!headers().contains(KnownHeader::content_length)) {
            headers().add_unchecked(KnownHeader::content_length, std::to_string(body().size()));
        }
        body().clear();
    }
    add_cookies();
}

void RequestRun::set_etag_header() {
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
        headers_written_ = true;
        exchange_.send_response(status_, reason_, headers(), std::move(body()));
    } else {
        if (!body().empty()) {
            flush();
        }
        exchange_.finish();
    }
    finished_ = true;
    application_.log_request(*handler_);
    handler_->on_finish();
}

void RequestRun::send_error(int status, std::exception_ptr error) {
    if (headers_written_) {
        log::gen_log().error("Cannot send error response after headers written");
        finished_ = true;
        exchange_.abort();  // a clean end would pass a broken response off as a whole one
        application_.log_request(*handler_);
        handler_->on_finish();
        return;
    }
    clear();
    std::string reason;
    try {
        if (error) {
            std::rethrow_exception(error);
        }
    } catch (const HTTPError& http_error) {
        reason = http_error.reason();
    } catch (...) {
        // Only an HTTPError has a reason of its own.
    }
    set_status(status, reason);
    try {
        handler_->write_error(status, error);
        if (has_no_body(status)) {
            body().clear();
        }
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in write_error: ", log::format_exception(std::current_exception())
        );
    }
    if (!finished_) {
        finish_response();
    }
}

}  // namespace tornado::web::detail
