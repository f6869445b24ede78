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

/// Where a client is in a channel.
struct EventSourceHandler::Reader {
    pubsub::ReplayBuffer::Index next = 0;
    pubsub::Position seen;  ///< all before `next`, and what it had got when it came back
    bool missed = false;

    /// Its place as a text of the stream, which no script hears of: the browser keeps the id.
    std::string place() {
        seen.set_time_to_now();
        return "id: " + seen.to_string() + "\n\n";
    }

    /// The text of what comes next, up to a size.
    std::string read(const pubsub::ReplayBuffer& replay) {
        constexpr std::size_t most_at_once = 16 * 1024;
        std::string text;
        for (; next != replay.end() && text.size() < most_at_once; ++next) {
            if (const auto& message = replay.at(next); seen.is_before(message)) {
                seen.advance(message);
                seen.set_time_to_now();
                text += "id: " + seen.to_string() + "\n" + message.payload();
            }
        }
        return text;
    }
};

EventSourceHandler::Reader
EventSourceHandler::first_place(const EventChannel& channel, std::size_t recent) const {
    const auto& replay = channel.replay();
    const auto last = last_event_id();
    if (last.empty()) {
        const auto count = std::min<std::uint64_t>(recent, replay.end() - replay.begin());
        const auto next = replay.end() - count;
        return {.next = next, .seen = replay.position(next)};
    }
    Reader reader{.next = replay.begin(), .seen = replay.position(replay.begin())};
    const auto position = pubsub::Position::parse(last);
    reader.missed = !position || !channel.covers(*position);
    if (position) {
        const auto known = replay.position();
        for (const auto& [publisher, sequence] : position->entries()) {
            if (known.of(publisher) != 0) {
                reader.seen.advance(publisher, sequence);
            }
        }
    }
    return reader;
}

Future<void> EventSourceHandler::follow(EventChannel& channel, std::size_t recent) {
    const auto& replay = channel.replay();
    auto reader = first_place(channel, recent);
    co_await open();
    bool knows_place = !last_event_id().empty();  // or what it misses next would be lost unseen
    while (!ended_) {
        if (reader.missed || reader.next < replay.begin()) {
            reader.missed = false;
            reader.next = std::max(reader.next, replay.begin());
            on_events_missed();
            knows_place = false;
        }
        auto text = reader.read(replay);
        if (text.empty() && !knows_place) {
            text = reader.place();
        }
        if (text.empty()) {
            co_await channel.wait();
        } else {
            knows_place = true;
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
