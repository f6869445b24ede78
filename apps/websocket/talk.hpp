#pragma once

#include <tornado/ioloop.hpp>
#include <tornado/pubsub.hpp>
#include <tornado/websocket.hpp>

#include <cstdint>
#include <map>
#include <string>

#include "people.hpp"
#include "protocol.hpp"
#include "visitors.hpp"

namespace talk {

class ChatSocket;

/// The rooms, and whose pages of this process are in them.
///
/// Thread safety: one loop, one thread.
class Talk {
public:
    explicit Talk(tornado::pubsub::Broker& broker);

    [[nodiscard]] bool has_room(const std::string& room) const;
    /// Throws Refused for one that is new when there are too many rooms already.
    void check_room(const std::string& room) const;
    void enter(ChatSocket& socket, const std::string& room, const std::string& name);
    void leave(ChatSocket& socket, const std::string& room, const std::string& name);
    /// Publishes what is said, unless it has been said under that key before.
    void say(const Request& request, const std::string& room, const std::string& name);

    /// What tells a page who is in a room, and which rooms there are.
    [[nodiscard]] std::string people_in(const std::string& room) const;
    [[nodiscard]] std::string all_rooms() const;

    [[nodiscard]] tornado::pubsub::Broker& broker() noexcept { return broker_; }
    [[nodiscard]] Visitors& visitors() noexcept { return visitors_; }
    [[nodiscard]] static std::string topic_of(const std::string& room) { return "room " + room; }

private:
    void people_changed(const std::string& room);
    void tell_rooms();
    [[nodiscard]] bool was_said(const Request& request, const std::string& room) const;

    tornado::pubsub::Broker& broker_;
    std::map<std::string, tornado::websocket::Group> sockets_;
    Visitors visitors_;
    std::string rooms_told_;
    tornado::ioloop::PeriodicCallback crier_;
    People people_;
};

}  // namespace talk
