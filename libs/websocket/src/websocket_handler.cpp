#include "tornado/websocket/websocket_handler.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <exception>
#include <set>
#include <stdexcept>
#include <utility>

#include "open_sockets.hpp"
#include "tornado/escape/json.hpp"
#include "tornado/gen.hpp"
#include "tornado/httputil/http_server_request.hpp"
#include "tornado/ioloop/time_limit.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/log.hpp"
#include "tornado/web/application.hpp"
#include "tornado/websocket/handshake.hpp"

namespace tornado::websocket {

using httputil::KnownHeader;

namespace {

/// That of an HTTPError which says nothing in the log, as its status would tell all in the access
/// log; here that has said 101. Otherwise 0.
int status_without_words(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const web::HTTPError& http_error) {
        return http_error.log_message().empty() ? http_error.status_code() : 0;
    } catch (...) {
        return 0;
    }
}

}  // namespace

WebSocketHandler::~WebSocketHandler() {
    leave_list();
    if (connection_) {
        connection_->abandon();
    }
}

// Hooks

bool WebSocketHandler::check_origin(std::string_view origin) {
    return is_same_origin(origin, request().headers().get(KnownHeader::host).value_or(""));
}
std::optional<std::string> WebSocketHandler::select_subprotocol(
    const std::vector<std::string>& /*subprotocols*/
) {
    return std::nullopt;
}
std::optional<CompressionOptions> WebSocketHandler::get_compression_options() {
    return std::nullopt;
}
std::chrono::milliseconds WebSocketHandler::ping_interval() {
    return settings().websocket_ping_interval;
}
std::chrono::milliseconds WebSocketHandler::ping_timeout() {
    return settings().websocket_ping_timeout.value_or(ping_interval());
}
std::size_t WebSocketHandler::max_message_size() {
    return settings().websocket_max_message_size;
}
SendQueueOptions WebSocketHandler::send_queue_options() {
    return {};
}

// The handshake

Future<void> WebSocketHandler::get(const web::PathArguments& /*arguments*/) {
    if (!accept()) {
        return Future<void>::ready();
    }
    std::optional<stack_context::StackContext> unlimited;
    if (stack_context::get(ioloop::must_end_by) != nullptr) {
        unlimited.emplace(ioloop::must_end_by, ioloop::TimePoint::max());  // it was the request's
    }
    auto self = hooks_->own_get ? nullptr : web::detail::keep_handler(*this);
    if (self == nullptr) {
        ended_ = std::make_unique<Promise<void>>();
        return serve(nullptr, Stage::opening);
    }
    serve(std::move(self), Stage::opening).ignore();
    return Future<void>::ready();
}

/// Answers the handshake, and says whether the connection is a WebSocket now.
bool WebSocketHandler::accept() {
    const auto& headers = request().headers();
    if (const auto verdict = check_upgrade(headers); verdict.status != 101) {
        return refuse(verdict.status, verdict.reason);
    }
    if (const auto origin = headers.get(KnownHeader::origin); origin && !check_origin(*origin)) {
        return refuse(403, "Cross origin websockets not allowed");
    }
    if (const auto verdict = check_version(headers); verdict.status != 101) {
        return refuse(verdict.status, verdict.reason);
    }
    if (request().version() == "HTTP/1.0") {
        return refuse(400, "HTTP/1.0 knows no upgrade.");
    }
    if (hooks_->open.check != nullptr) {
        hooks_->open.check(path_args());  // its 404 can be said now
    }
    choose_subprotocol();
    const auto options = connection_options();
    set_header("Sec-WebSocket-Accept", accept_key(*headers.first(KnownHeader::sec_websocket_key)));
    auto connection = Connection::make(*this, options);
    auto stream = upgrade("websocket", [connection] { connection->drain(); });
    connection->attach(stream.release());
    connection_ = std::move(connection);
    return true;
}

bool WebSocketHandler::refuse(int status, std::string_view reason) {
    log::gen_log().debug(reason);
    set_status(status);
    if (status == 426) {
        set_header("Sec-WebSocket-Version", "13");
        set_header("Upgrade", "websocket");
        set_header("Connection", "Upgrade");  // RFC 9110, 15.5.22
    }
    set_header("Content-Type", "text/plain; charset=UTF-8");
    finish(reason);
    return false;
}

void WebSocketHandler::choose_subprotocol() {
    std::vector<std::string> offered;
    if (const auto field = request().headers().get(KnownHeader::sec_websocket_protocol)) {
        offered = parse_tokens(*field).value_or(std::vector<std::string>{});
    }
    auto chosen = select_subprotocol(offered);
    if (!chosen) {
        return;
    }
    if (std::find(offered.begin(), offered.end(), *chosen) == offered.end()) {
        throw std::logic_error{
            "select_subprotocol() chose " + *chosen + ", which the client has not offered"};
    }
    set_header("Sec-WebSocket-Protocol", *chosen);
    subprotocol_ = std::make_unique<const std::optional<std::string>>(std::move(chosen));
}

/// Once for each class of handlers.
void WebSocketHandler::warn_of_ping_timeout(const ConnectionOptions& options) const {
    thread_local std::set<const detail::Hooks*> warned;
    if (warned.insert(hooks_).second) {
        log::app_log().warning(
            "The websocket_ping_timeout (",
            options.ping_timeout.count(),
            " ms) is longer than the websocket_ping_interval (",
            options.ping_interval.count(),
            " ms): it is taken to be that"
        );
    }
}

ConnectionOptions WebSocketHandler::connection_options() {
    ConnectionOptions options;
    options.max_message_size = max_message_size();
    options.ping_interval = ping_interval();
    options.ping_timeout = ping_timeout();
    options.send_queue = send_queue_options();
    if (options.ping_timeout > options.ping_interval) {
        if (options.ping_interval.count() > 0) {
            warn_of_ping_timeout(options);
        }
        options.ping_timeout = options.ping_interval;
    }
    const auto compression = get_compression_options();
    const auto field = request().headers().get(KnownHeader::sec_websocket_extensions);
    if (compression) {
        check(*compression);
        if (field && !field->empty()) {
            if (const auto answer = answer_offers(*parse_extensions(*field), *compression)) {
                options.compression = *compression;
                options.deflate = answer->agreement;
                set_header("Sec-WebSocket-Extensions", answer->field);
            }
        }
    }
    return options;
}

// The connection's life

/// Whatever ends it, the handler stays until nothing that it has started is left. All waits are in
/// one place. Where the request has ended, `self` keeps the handler meanwhile, and while the
/// connection is open and idle there is no frame that waits.
Future<void> WebSocketHandler::serve(web::detail::KeptHandler self, Stage stage) {
    bool cancelled = false;
    while (stage != Stage::over) {
        if (stage == Stage::open && self != nullptr && !connection_->ended()) {
            stay(std::move(self));
            co_return;
        }
        try {
            if (stage == Stage::ending) {
                stage = Stage::closing;
                co_await gen::moment();
                stage = loop_closes_ ? Stage::settling : stage;
                continue;
            }
            const auto step = begin_stage(stage);
            stage = static_cast<Stage>(static_cast<int>(stage) + 1);
            co_await step;
        } catch (const CancelledError&) {
            cancelled = true;
            stage = stage == Stage::over ? Stage::over : Stage::settling;
        }
    }
    if (cancelled) {
        throw CancelledError();
    }
}

Future<void> WebSocketHandler::begin_stage(Stage stage) {
    switch (stage) {
        case Stage::opening:
            return run_open();
        case Stage::open:
            connection_->start();
            return ended_ != nullptr ? ended_->future() : Future<void>::ready();
        case Stage::closing:
            return run_on_close();
        default:
            return connection_->when_idle();
    }
}

/// From now on there are only the connection's calls, and its loop's end.
void WebSocketHandler::stay(web::detail::KeptHandler self) {
    OpenSockets::add(*this);
    self_ = std::move(self);
    connection_->start();
}

void WebSocketHandler::connection_ended() noexcept {
    if (ended_ != nullptr) {
        ended_->set_result();
    } else if (self_ != nullptr) {
        serve(std::move(self_), Stage::ending).ignore();
    }  // else open() is still at work
}

/// What the handler waits for is cancelled: it goes as soon as that is over.
void WebSocketHandler::loop_closes() noexcept {
    leave_list();
    loop_closes_ = true;
    if (auto self = std::move(self_); self != nullptr) {
        serve(std::move(self), Stage::settling).ignore();
    }
}

void WebSocketHandler::leave_list() noexcept {
    if (previous_ != nullptr) {
        *previous_ = next_;
        if (next_ != nullptr) {
            next_->previous_ = previous_;
        }
        previous_ = nullptr;
    }
}

Future<void> WebSocketHandler::run_on_close() {
    if (hooks_->on_close == nullptr) {
        co_return;
    }
    std::exception_ptr failure;
    try {
        const auto closing = hooks_->on_close(*this);
        if (closing) {
            const Future<void> done(closing);
            co_await done;
        }
    } catch (const CancelledError&) {
        throw;
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        callback_failed(failure);
    }
}

Future<void> WebSocketHandler::run_open() {
    if (hooks_->open.invoke == nullptr) {
        co_return;
    }
    try {
        const auto opening = hooks_->open.invoke(*this, path_args());
        if (opening) {
            const Future<void> done(opening);
            co_await done;
        }
    } catch (const CancelledError&) {
        throw;
    } catch (...) {
        callback_failed(std::current_exception());
        connection_->callback_failed();
    }
}

Started WebSocketHandler::message_received(Incoming& message) {
    return hooks_->on_message != nullptr ? hooks_->on_message(*this, message) : Started{};
}
Started WebSocketHandler::ping_received(std::string_view data) {
    return hooks_->on_ping != nullptr ? hooks_->on_ping(*this, data) : Started{};
}
Started WebSocketHandler::pong_received(std::string_view data) {
    return hooks_->on_pong != nullptr ? hooks_->on_pong(*this, data) : Started{};
}

void WebSocketHandler::callback_failed(std::exception_ptr error) noexcept {
    try {
        log_exception(error);
        if (const int status = status_without_words(error); status != 0) {
            log::gen_log().warning(
                "HTTPError ", status, " in a callback of the WebSocket ", request().uri()
            );
        }
    } catch (...) {
        log::app_log().error(
            "Uncaught exception in log_exception: ", log::format_exception(std::current_exception())
        );
    }
}

// What the handler does

Connection& WebSocketHandler::connection() const {
    if (!connection_) {
        throw std::logic_error{"there is no WebSocket before the handshake: wait for open()"};
    }
    return *connection_;
}

Future<void> WebSocketHandler::write_message(std::string_view message, bool binary) {
    return connection().write(binary, message);
}
Future<void> WebSocketHandler::write_message(std::string&& message, bool binary) {
    return connection().write(binary, std::move(message));
}
Future<void> WebSocketHandler::write_message(const SharedMessage& message) {
    return connection().write(message);
}
Future<void> WebSocketHandler::write_json(const boost::json::value& message) {
    return write_message(escape::json_encode(message));
}
Future<void> WebSocketHandler::write_json_object(const boost::json::object& message) {
    return write_json(boost::json::value(message));
}
Future<void>
WebSocketHandler::write_latest(std::string_view key, std::string_view message, bool binary) {
    return connection().write(binary, message, key);
}

void WebSocketHandler::ping(std::string_view data) {
    connection().ping(data);
}
void WebSocketHandler::close(std::optional<int> code, std::string_view reason) {
    connection().close(code, reason);
}

std::optional<CloseCode> WebSocketHandler::close_code() const noexcept {
    return connection_ ? connection_->close_code() : std::nullopt;
}
const std::string& WebSocketHandler::close_reason() const noexcept {
    static const std::string none;
    return connection_ ? connection_->close_reason() : none;
}
bool WebSocketHandler::is_open() const noexcept {
    return connection_ && !connection_->is_closing();
}
const std::optional<std::string>& WebSocketHandler::selected_subprotocol() const noexcept {
    static const std::optional<std::string> none;
    return subprotocol_ != nullptr ? *subprotocol_ : none;
}
SendQueueCounters WebSocketHandler::send_queue() const noexcept {
    return connection_ ? connection_->send_queue() : SendQueueCounters{};
}
void WebSocketHandler::set_nodelay(bool on) {
    connection().set_nodelay(on);
}

}  // namespace tornado::websocket
