#include "tornado/wsgi_application/wsgi_application.hpp"

#include <unistd.h>

#include <atomic>
#include <map>
#include <utility>

#include "request_text.hpp"
#include "sync_exchange.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::wsgi {

namespace {

using Exchange = concurrent::StateRef<SyncExchange>;

constexpr std::size_t piece_size = 65'536;

std::atomic<std::uint64_t> next_id = 0;

/// Reads the head, and answers what is wrong with it. False when that has happened.
bool read_head(SyncExchange& exchange, const WSGIRequest& request) {
    exchange.text = request_text(request);
    const auto parsed =
        httputil::parse_request_head(exchange.text.data(), exchange.text.size(), exchange.head);
    if (parsed.status != httputil::HeadStatus::complete ||
        parsed.consumed != exchange.text.size()) {
        exchange.answer(
            parsed.status == httputil::HeadStatus::error ? httputil::status_for(parsed.error) : 400
        );
        return false;
    }
    const auto target = httputil::request_target(exchange.head);
    if (target.has_error()) {
        exchange.answer(httputil::status_for(target.error()));
        return false;
    }
    exchange.target = *target;
    if (httputil::has_list_member(
            exchange.head.headers, httputil::KnownHeader::upgrade, "websocket"
        )) {
        log::app_log().error(
            request.target,
            ": a WebSocket needs a loop, which a WSGI server has not: serve the application with "
            "an HTTPServer"
        );
        exchange.answer(501);
        return false;
    }
    return true;
}

/// Gives the request to its delegate. False when that waits for something.
bool feed(SyncExchange& exchange, WSGIRequest& request) {
    auto& delegate = *exchange.delegate;
    if (!delegate.headers_received(exchange.head, exchange.target).done()) {
        return false;
    }
    std::uint64_t size = 0;
    while (request.read_body) {
        const auto piece = request.read_body(piece_size);
        if (piece.empty()) {
            break;
        }
        size += piece.size();
        if (size > exchange.max_body_size()) {
            delegate.on_connection_close();
            exchange.answer(413);
            return true;
        }
        if (!delegate.data_received(piece).done()) {
            return false;
        }
    }
    delegate.finish();
    return true;
}

}  // namespace

/// What a thread has of an application. It is made and ends on that thread.
class WSGIApplication::Place {
    /// Makes the loop the thread's, until the end of what this returns.
    [[nodiscard]] auto enter() {
        auto* const former = ioloop::IOLoop::current_or_null();
        loop_.make_current();
        return util::ScopeExit{[former] {
            if (former != nullptr) {
                former->make_current();
            }
        }};
    }

public:
    explicit Place(Make make) {
        const auto former = enter();
        loop_.set_default_executor(std::make_shared<ioloop::DummyExecutor>());
        application_ = make();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        const auto former = enter();
        application_.reset();
        loop_.close();
    }

    /// False when the handler still waits for something: then this must go.
    bool serve(SyncExchange& exchange, WSGIRequest& request) {
        const auto former = enter();
        exchange.delegate = application_->start_request(exchange);
        if (!feed(exchange, request)) {
            return false;
        }
        for (int turn = 0; turn < most_turns && !exchange.over(); ++turn) {
            loop_.add_callback([this] { loop_.stop(); });
            loop_.start();  // what is ready now; it waits for nothing
        }
        return exchange.over();
    }
    [[nodiscard]] bool is_of_this_process() const noexcept { return process_ == ::getpid(); }

private:
    static constexpr int most_turns = 16;

    pid_t process_ = ::getpid();
    ioloop::IOLoop loop_;
    std::unique_ptr<web::Application> application_;
};

WSGIApplication::WSGIApplication(Make make_application)
    : make_application_{make_application},
      id_{++next_id} {}

WSGIApplication::~WSGIApplication() {
    this_threads_place().reset();
}

std::unique_ptr<WSGIApplication::Place>& WSGIApplication::this_threads_place() const {
    thread_local std::map<std::uint64_t, std::unique_ptr<Place>> places;
    return places[id_];
}

WSGIResponse WSGIApplication::operator()(WSGIRequest request) const {
    auto& place = this_threads_place();
    if (place != nullptr && !place->is_of_this_process()) {
        static_cast<void>(place.release());  // it is the parent's
    }
    if (place == nullptr) {
        place = std::make_unique<Place>(make_application_);
    }
    const auto exchange = SyncExchange::make(request);
    if (!read_head(*exchange, request)) {
        return exchange->take_response();
    }
    try {
        if (!place->serve(*exchange, request)) {
            log::app_log().error(
                request.method,
                " ",
                request.target,
                ": the handler awaits something that is not ready, and a WSGI server has no loop "
                "in which it could become so: serve the application with an HTTPServer"
            );
            exchange->answer(500);
            place.reset();
        }
    } catch (...) {  // of the server: the body cannot be read
        exchange->give_up();
        exchange->delegate->on_connection_close();
        place.reset();
        throw;
    }
    return exchange->take_response();
}

}  // namespace tornado::wsgi
