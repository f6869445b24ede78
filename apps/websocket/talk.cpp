#include "talk.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "chat_socket.hpp"
#include "limits.hpp"

namespace talk {

namespace websocket = tornado::websocket;

Talk::Talk(tornado::pubsub::Broker& broker)
    : broker_{broker},
      crier_{[this] { tell_rooms(); }, std::chrono::milliseconds{500}},
      people_{broker, [this](const std::string& room) { people_changed(room); }} {}

bool Talk::has_room(const std::string& room) const {
    return sockets_.contains(room) || people_.is_anybody_in(room);
}

void Talk::check_room(const std::string& room) const {
    if (!has_room(room) && std::max(people_.count_rooms(), sockets_.size()) >= most_rooms) {
        throw Refused{"There are too many rooms already: enter one that exists"};
    }
}

void Talk::enter(ChatSocket& socket, const std::string& room, const std::string& name) {
    sockets_[room].add(socket);
    people_.enter(room, name);
}

void Talk::leave(ChatSocket& socket, const std::string& room, const std::string& name) {
    const auto found = sockets_.find(room);
    found->second.remove(socket);
    if (found->second.empty()) {
        sockets_.erase(found);
    }
    people_.leave(room, name);
}

void Talk::say(const Request& request, const std::string& room, const std::string& name) {
    if (!request.again || !was_said(request, room)) {
        broker_.publish(topic_of(room), said(request, name));
    }
}

bool Talk::was_said(const Request& request, const std::string& room) const {
    const auto beginning = R"({"key":")" + request.key + "\"";
    const auto messages = broker_.recent(topic_of(room), history_size);
    return std::any_of(messages.begin(), messages.end(), [&](const auto& message) {
        return message.payload().starts_with(beginning);
    });
}

std::string Talk::people_in(const std::string& room) const {
    const auto people = people_.in(room);
    std::string text =
        R"({"type":"people","count":)" + std::to_string(people.count) + R"(,"names":[)";
    for (const auto& name : people.names) {
        text += (text.ends_with('[') ? "" : ",") + quoted(name);
    }
    return text + "]}";
}

/// Those with most people first.
std::string Talk::all_rooms() const {
    constexpr std::size_t most_shown = 100;
    const auto counts = people_.rooms();
    std::vector<std::pair<std::string, std::size_t>> rooms{counts.begin(), counts.end()};
    std::stable_sort(rooms.begin(), rooms.end(), [](const auto& a, const auto& b) {
        return a.second > b.second;
    });
    rooms.resize(std::min(rooms.size(), most_shown));
    std::string text = R"({"type":"rooms","rooms":[)";
    for (const auto& [room, count] : rooms) {
        text += (text.ends_with('[') ? R"({"name":)" : R"(,{"name":)") + quoted(room) +
                R"(,"count":)" + std::to_string(count) + "}";
    }
    return text + "]}";
}

void Talk::people_changed(const std::string& room) {
    if (const auto found = sockets_.find(room); found != sockets_.end()) {
        found->second.write_message(people_in(room));
    }
    if (!crier_.is_running()) {
        crier_.start();
    }
}

/// At most twice a second, and only what is new.
void Talk::tell_rooms() {
    crier_.stop();
    auto text = all_rooms();
    if (text == rooms_told_) {
        return;
    }
    rooms_told_ = std::move(text);
    const websocket::SharedMessage news{rooms_told_};
    for (auto& [room, sockets] : sockets_) {
        sockets.write_message(news);
    }
}

}  // namespace talk
