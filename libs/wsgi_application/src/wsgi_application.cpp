#include "tornado/wsgi_application/wsgi_application.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <stdexcept>
#include <utility>

#include "request_text.hpp"
#include "sync_exchange.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/loop_control.hpp"
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
    return true;
}

/// A server need not heed an Upgrade (RFC 9110, 7.8). A handler that does finds that there is
/// nothing to upgrade, and gives 400.
void refuse_websocket(SyncExchange& exchange) {
    const bool wants_websocket = httputil::has_list_member(
        exchange.head.headers, httputil::KnownHeader::upgrade, "websocket"
    );
    if (wants_websocket && exchange.status() == 400) {
        log::app_log().error(
            exchange.head.target,
            ": a WebSocket needs a loop, which a WSGI server has not: serve the application with "
            "an HTTPServer"
        );
        exchange.answer(501);
    }
}

/// Lets a loop do what is ready, and no more: it never waits, and its clock stands still but for
/// catch_up().
class ReadyOnly final : public ioloop::LoopClock, public ioloop::LoopOrder {
public:
    explicit ReadyOnly(ioloop::IOLoop& loop) : loop_{loop}, now_{loop.set_clock(this)} {
        loop.set_order(this);
    }
    ~ReadyOnly() {
        loop_.set_order(nullptr);
        loop_.set_clock(nullptr);
    }

    /// False when that has no end.
    bool run() {
        turns_ = 0;
        loop_.start();
        return turns_ <= most_turns;
    }
    /// Lets the clock go on to the present, and what is due by then run.
    void catch_up() {
        const auto present = std::max(now_, std::chrono::steady_clock::now());
        const bool is_due = next_ <= present;
        now_ = present;
        if (is_due) {
            run();
        }
    }

    [[nodiscard]] ioloop::TimePoint now() const noexcept override { return now_; }
    ioloop::Duration idle(ioloop::TimePoint next, bool /*expecting*/) override {
        next_ = next;
        loop_.stop();
        return ioloop::Duration::zero();
    }
    void arrange(concurrent::TaskQueue& /*tasks*/) override {
        if (++turns_ > most_turns) {
            loop_.stop();
        }
    }
    void arrange(ioloop::Poller& /*poller*/, std::size_t /*count*/) override {}

private:
    static constexpr int most_turns = 100'000;

    ioloop::IOLoop& loop_;
    ioloop::TimePoint now_;
    ioloop::TimePoint next_ = ioloop::TimePoint::max();  ///< when the first timeout is due
    int turns_ = 0;
};

}  // namespace

/// What a thread has of an application. It is made and ends on that thread.
class WSGIApplication::Place {
    /// Makes the loop the thread's, until the end of what this returns.
    [[nodiscard]] auto enter() {
        auto* const former = former_ != nullptr ? std::exchange(former_, nullptr)
                                                : ioloop::IOLoop::current_or_null();
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

    /// False when the handler waits for something that is not ready.
    bool serve(SyncExchange& exchange, WSGIRequest& request) {
        if (loop_.running()) {
            throw std::logic_error{
                "a handler has called the WSGI application that it belongs to: that can serve it "
                "only when the handler has returned"};
        }
        return begin(exchange) && feed(exchange, request) && finish(exchange);
    }
    /// Nobody waits for the response any more: cancels what the handler waits for. False when it
    /// does not heed that.
    [[nodiscard]] bool cut_off(Exchange exchange) {
        const auto former = enter();
        exchange->give_up();
        if (exchange->delegate != nullptr) {
            exchange->delegate->on_connection_close();
            exchange->cancel_handler();
            run();
        }
        const auto has_gone = exchange->has_gone();
        exchange = {};
        return *has_gone;
    }
    [[nodiscard]] bool is_of_this_process() const noexcept { return process_ == ::getpid(); }

private:
    bool begin(SyncExchange& exchange) {
        const auto former = enter();
        ready_.catch_up();
        exchange.delegate = application_->start_request(exchange);
        return exchange.delegate->headers_received(exchange.head, exchange.target).done();
    }
    /// Gives the body to the delegate. What reads it may call the application again, for another
    /// request: meanwhile the thread's loop is the caller's.
    bool feed(SyncExchange& exchange, WSGIRequest& request) {
        std::uint64_t size = 0;
        while (request.read_body && !exchange.over()) {
            const auto piece = request.read_body(piece_size);
            if (piece.empty()) {
                return true;
            }
            const auto former = enter();
            size += piece.size();
            if (size > exchange.max_body_size()) {
                exchange.answer(413);
            } else if (!exchange.delegate->data_received(piece).done()) {
                return false;
            }
        }
        return true;
    }
    bool finish(SyncExchange& exchange) {
        const auto former = enter();
        if (exchange.over()) {  // before all of the request has come
            exchange.delegate->on_connection_close();
        } else {
            exchange.delegate->finish();
        }
        run();
        return exchange.over();
    }
    void run() {
        if (!ready_.run()) {
            log::app_log().error(
                "callbacks of a WSGI application go on for ever: the rest of them has to wait for "
                "the thread's next request"
            );
        }
    }

    pid_t process_ = ::getpid();
    ioloop::IOLoop* former_ = ioloop::IOLoop::current_or_null();  ///< until enter() takes it
    ioloop::IOLoop loop_;
    ReadyOnly ready_{loop_};
    std::unique_ptr<web::Application> application_;
};

WSGIApplication::WSGIApplication(Make make_application)
    : make_application_{make_application},
      id_{++next_id} {}

WSGIApplication::~WSGIApplication() {
    this_threads_place().reset();
}

std::shared_ptr<WSGIApplication::Place>& WSGIApplication::this_threads_place() const {
    thread_local std::map<std::uint64_t, std::shared_ptr<Place>> places;
    return places[id_];
}

/// The thread's own; what uses it holds it, as it may be replaced meanwhile.
std::shared_ptr<WSGIApplication::Place> WSGIApplication::enter_place() const {
    auto& place = this_threads_place();
    if (place != nullptr && !place->is_of_this_process()) {
        new std::shared_ptr<Place>{std::move(place)};  // the parent's: never to be destroyed here
        place.reset();
    }
    if (place == nullptr) {
        auto made = std::make_shared<Place>(make_application_);
        this_threads_place() = std::move(made);
    }
    return this_threads_place();
}

WSGIResponse WSGIApplication::operator()(WSGIRequest request) const {
    const auto place = enter_place();
    auto exchange = SyncExchange::make(request);
    const auto give_up = [&] {
        if (!place->cut_off(std::move(exchange)) && this_threads_place() == place) {
            this_threads_place().reset();  // all of it has to go, with the last who uses it
        }
    };
    if (!read_head(*exchange, request)) {
        log_refusal(request, exchange->status());
        return exchange->take_response();
    }
    try {
        if (place->serve(*exchange, request)) {
            refuse_websocket(*exchange);
            return exchange->take_response();
        }
    } catch (...) {  // of the server: the body cannot be read
        give_up();
        throw;
    }
    log::app_log().error(
        request.method,
        " ",
        request.target,
        ": the handler awaits something that is not ready, and a WSGI server has no loop in which "
        "it could become so: serve the application with an HTTPServer"
    );
    exchange->answer(500);
    auto response = exchange->take_response();
    give_up();
    return response;
}

}  // namespace tornado::wsgi
