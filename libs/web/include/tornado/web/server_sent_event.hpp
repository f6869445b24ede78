#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tornado::web {

/// One event of a stream of type text/event-stream, as browsers read it by `EventSource` (HTML,
/// 9.2).
///
///     co_await send_event(web::ServerSentEvent("21.5").event("temperature").id("7"));
class ServerSentEvent {
public:
    /// The data may have several lines, ended in any of the usual ways. They should be UTF-8.
    explicit ServerSentEvent(std::string data = {}) : data_{std::move(data)} {}

    /// The event's type; without one it is "message".
    ServerSentEvent& event(std::string name);
    /// What the browser says in `Last-Event-ID` when it comes back.
    ServerSentEvent& id(std::string id);
    /// How long the browser waits before it comes back.
    ServerSentEvent& retry(std::chrono::milliseconds delay);

    [[nodiscard]] const std::string& data() const noexcept { return data_; }
    [[nodiscard]] const std::optional<std::string>& id() const noexcept { return id_; }

    /// The event as it goes over the wire, with the empty line that ends it. An event without
    /// type and data is not noticed by scripts, but its id and its `retry` count.
    [[nodiscard]] std::string to_string() const;

private:
    std::string data_;
    std::string event_;
    std::optional<std::string> id_;
    std::optional<std::chrono::milliseconds> retry_;
};

/// A comment in such a stream, which nobody notices: it keeps the connection from looking idle.
[[nodiscard]] std::string event_stream_comment(std::string_view text);

}  // namespace tornado::web
