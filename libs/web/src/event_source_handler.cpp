#include "tornado/web/event_source_handler.hpp"

#include <algorithm>

#include "request_run.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/log.hpp"

namespace tornado::web {

struct EventSourceHandler::Pings : ioloop::Alarm {
    explicit Pings(EventSourceHandler& its)
        : Alarm{[](Alarm& alarm) { static_cast<Pings&>(alarm).handler.ping(); }},
          handler{its} {}
    EventSourceHandler& handler;
};

namespace {

Future<void> stream_has_ended() {
    auto failed = Future<void>::failed(std::make_exception_ptr(iostream::StreamClosedError{}));
    failed.ignore();
    return failed;
}

}  // namespace

EventSourceHandler::EventSourceHandler(const EventSourceOptions& options) : options_{options} {}
EventSourceHandler::~EventSourceHandler() = default;

std::string EventSourceHandler::last_event_id() const {
    return request().headers().get("Last-Event-ID").value_or("");
}

void EventSourceHandler::on_connection_close() {
    ended_ = true;
    run().cancel_wait();
}

void EventSourceHandler::on_drain() {
    if (opened_ && !std::exchange(ended_, true)) {
        finish();
        run().cancel_wait();
    }
}

Future<void> EventSourceHandler::open() {
    if (std::exchange(opened_, true)) {
        return Future<void>::ready();
    }
    set_handler_timeout(std::chrono::milliseconds{0});
    set_header("Content-Type", "text/event-stream");
    set_header("Cache-Control", "no-store");
    set_header("X-Accel-Buffering", "no");  // nginx would keep events until it has many
    if (options_.retry) {
        write(ServerSentEvent{}.retry(*options_.retry).to_string());
    }
    flushed_ = flush();
    if (application().draining()) {
        ended_ = true;
        finish();
    } else if (options_.ping_interval.count() > 0) {
        pings_ = std::make_unique<Pings>(*this);
        set_ping();
    }
    return *flushed_;
}

Future<void> EventSourceHandler::send_event(const ServerSentEvent& event) {
    return send_text(event.to_string());
}
Future<void> EventSourceHandler::send_event(std::string_view data) {
    return send_event(ServerSentEvent{std::string{data}});
}
Future<void> EventSourceHandler::send_comment(std::string_view text) {
    return send_text(event_stream_comment(text));
}

Future<void> EventSourceHandler::send_text(std::string_view text) {
    open();
    if (ended_ || finished()) {
        return stream_has_ended();
    }
    if (flushed_->done()) {
        backlog_ = 0;
    } else if (backlog_ + text.size() > options_.max_backlog) {
        log::gen_log().warning(
            "Event stream to ", request().remote_ip(), " is cut off: the client is too slow"
        );
        ended_ = true;
        run().cut_off();
        return stream_has_ended();
    }
    write(text);
    flushed_ = flush();
    backlog_ += text.size();
    set_ping();
    return *flushed_;
}

EventReplay::Position EventSourceHandler::first_position(
    const EventReplay& replay,
    std::size_t recent,
    bool& missed
) const {
    const auto last = last_event_id();
    if (last.empty()) {
        return replay.end() -
               std::min<EventReplay::Position>(recent, replay.end() - replay.begin());
    }
    const auto position = replay.behind(last);
    missed = !position;
    return position.value_or(replay.begin());
}

Future<void> EventSourceHandler::follow(EventChannel& channel, std::size_t recent) {
    constexpr std::size_t most_at_once = 16 * 1024;
    const auto& replay = channel.replay();
    bool missed = false;
    auto position = first_position(replay, recent, missed);
    co_await open();
    while (!ended_) {
        if (missed || position < replay.begin()) {
            missed = false;
            position = std::max(position, replay.begin());
            on_events_missed();
        }
        std::string text;
        while (position != replay.end() && text.size() < most_at_once) {
            text += replay.at(position++);
        }
        if (text.empty()) {
            co_await channel.wait();
        } else {
            co_await send_text(text);
        }
    }
}

void EventSourceHandler::set_ping() {
    if (pings_ != nullptr) {
        pings_->set(
            ioloop::IOLoop::current(), ioloop::IOLoop::current().time() + options_.ping_interval
        );
    }
}

void EventSourceHandler::ping() {
    if (!ended_ && !finished()) {
        send_comment("ping");
    }
}

}  // namespace tornado::web
