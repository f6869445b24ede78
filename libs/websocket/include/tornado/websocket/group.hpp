#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tornado::websocket {

class SharedMessage;
class WebSocketHandler;

/// Handlers that get the same messages: those in a room, say.
///
/// Each message is framed and compressed once. Members are told in the order in which they joined:
/// that is mostly the order of their sockets in memory, of which each message needs some, and going
/// through thousands in any other order takes half as long again.
///
/// Ownership: refers to its members, which leave by themselves at their end; either may go first.
/// Thread safety: one loop, one thread.
///
///     struct ChatSocket : websocket::WebSocketHandler {
///         void open() { everybody.add(*this); }
///         void on_message(std::string_view text) { everybody.write_message(text); }
///         static inline websocket::Group everybody;
///     };
class Group {
public:
    Group() = default;
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    ~Group();

    /// Harmless when the handler is there.
    void add(WebSocketHandler& member);
    /// Harmless when it is not.
    void remove(WebSocketHandler& member) noexcept;
    [[nodiscard]] bool contains(const WebSocketHandler& member) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return members_.size() - gone_; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    /// Sends a message to all whose connection is open, but for `except`. Of slow readers those get
    /// it whose send queue takes it: see WebSocketHandler::send_queue_options().
    void write_message(const SharedMessage& message, const WebSocketHandler* except = nullptr);
    /// The same. Throws std::invalid_argument for text that is not UTF-8.
    void write_message(std::string_view message, bool binary = false);

private:
    friend class Memberships;
    void forget(std::uint32_t place) noexcept;
    void close_gaps() noexcept;

    std::vector<WebSocketHandler*> members_;  ///< in the order in which they came; null: has left
    std::size_t gone_ = 0;
};

/// The groups that a handler is in.
///
/// Ownership: its handler's; at its end the handler leaves them all.
class Memberships {
public:
    Memberships() = default;
    Memberships(const Memberships&) = delete;
    Memberships& operator=(const Memberships&) = delete;
    ~Memberships();

private:
    friend class Group;
    struct Membership {
        Group* group;
        std::uint32_t place;  ///< in the group's list
    };

    [[nodiscard]] Membership* find(const Group& group) noexcept;

    std::vector<Membership> all_;
};

}  // namespace tornado::websocket
