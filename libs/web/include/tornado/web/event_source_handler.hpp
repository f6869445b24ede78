#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/web/event_channel.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web {

/// How an EventSourceHandler sends.
struct EventSourceOptions {
    /// How much a client may leave waiting of what is sent without awaiting; then it is cut off,
    /// and comes back by itself. Bytes.
    std::size_t max_backlog = 256 * 1024;
    /// How often a comment is sent when there is nothing else, so that no proxy takes the stream
    /// for dead, and a client that has gone is noticed; zero: never.
    std::chrono::milliseconds ping_interval{15'000};
    /// How long browsers wait before they come back; otherwise as they like.
    std::optional<std::chrono::milliseconds> retry = {};
};

/// A handler that sends events as they happen, for as long as the client listens: what browsers
/// read by `EventSource` (HTML, 9.2). An opt-in header: it brings publish and subscribe along.
///
/// Its get() is a coroutine that sends, or follows a channel:
///
///     struct NewsHandler : web::EventSourceHandler {
///         explicit NewsHandler(web::EventChannel& its) : channel{its} {}
///         Future<void> get() { return follow(channel); }
///         web::EventChannel& channel;
///     };
///
/// When the client goes, what get() waits for is cancelled, whatever `cancel_on_disconnect` says.
/// When the server drains, the stream ends and get() is cancelled; browsers then come back, to
/// another server. `handler_timeout` does not count once the stream is open. Overriding a hook that
/// is overridden here, call it too.
class EventSourceHandler : public RequestHandler {
public:
    explicit EventSourceHandler(const EventSourceOptions& options = {});
    ~EventSourceHandler() override;

    void on_connection_close() override;
    void on_drain() override;

protected:
    /// Begins the stream: sends the head, so that the browser knows that it is connected. The first
    /// event does it too.
    Future<void> open();
    /// Sends an event. The future is done when the output buffer has room for more, and fails with
    /// iostream::StreamClosedError when the stream has ended. Await it and slow clients are waited
    /// for; otherwise see EventSourceOptions::max_backlog.
    Future<void> send_event(const ServerSentEvent& event);
    Future<void> send_event(std::string_view data);
    /// Sends what scripts do not notice.
    Future<void> send_comment(std::string_view text);
    /// Sends all that is published from now on. To a client that comes back, what it has missed is
    /// sent first; to one that comes for the first time, the `recent` latest events. What a client
    /// has yet to get stays in the channel's replay buffer, so a slow one costs nothing.
    Future<void> follow(EventChannel& channel, std::size_t recent = 0);
    /// Called by follow() when the client has missed events that are not kept any more; the oldest
    /// that is kept comes next. For telling the page, say, that it has to load everything anew.
    virtual void on_events_missed() {}

    /// The id of the last event that the client got before it came back; empty for none.
    [[nodiscard]] std::string last_event_id() const;

private:
    struct Pings;

    Future<void> send_text(std::string_view text);
    struct Reader;
    [[nodiscard]] Reader first_place(const EventChannel& channel, std::size_t recent) const;
    void ping();
    void set_ping();

    EventSourceOptions options_;
    std::unique_ptr<Pings> pings_;
    std::optional<Future<void>> flushed_;  ///< of what was sent last
    std::size_t backlog_ = 0;              ///< what was sent since it was last seen to be done
    bool opened_ = false;
    bool ended_ = false;
};

}  // namespace tornado::web
