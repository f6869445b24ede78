#include "people.hpp"

#include <tornado/escape.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "limits.hpp"

namespace talk {

namespace json = boost::json;
namespace ioloop = tornado::ioloop;
namespace pubsub = tornado::pubsub;
using namespace std::chrono_literals;

namespace {

constexpr const char* topic = "people";
constexpr auto beat_interval = 5s;
constexpr auto lifetime = 13s;        // of what a process has told
constexpr auto tell_interval = 50ms;  // many come and go at once

}  // namespace

People::People(pubsub::Broker& broker, std::function<void(const std::string& room)> on_change)
    : broker_{broker},
      on_change_{std::move(on_change)},
      subscription_{broker.subscribe(
          topic,
          pubsub::Position{},
          [this](const pubsub::Message& message) { hear(message); }
      )},
      heart_{[this] { beat(); }, beat_interval},
      mouth_{[this] { tell_changes(); }, tell_interval} {
    heart_.start();
    ask();
}

People::~People() {
    for (const auto& [room, names] : std::exchange(here_, {})) {
        tell(room);
    }
}

void People::enter(const std::string& room, const std::string& name) {
    here_[room].insert(name);
    changed(room);
}

void People::leave(const std::string& room, const std::string& name) {
    auto& names = here_[room];
    if (const auto found = names.find(name); found != names.end()) {
        names.erase(found);
    }
    if (names.empty()) {
        here_.erase(room);
    }
    changed(room);
}

void People::changed(const std::string& room) {
    untold_.insert(room);
    if (!mouth_.is_running()) {
        mouth_.start();
    }
}

void People::tell_changes() {
    mouth_.stop();
    if (std::exchange(has_to_ask_, false)) {
        broker_.publish(topic, R"({"ask":true})");
    }
    for (const auto& room : std::exchange(untold_, {})) {
        tell(room);
    }
}

void People::tell(const std::string& room) {
    const auto found = here_.find(room);
    json::array names;
    if (found != here_.end()) {
        for (const auto& name : found->second) {
            if (names.size() == most_names) {
                break;
            }
            names.emplace_back(name);
        }
    }
    json::object told;
    told["room"] = room;
    told["count"] = found == here_.end() ? 0 : found->second.size();
    told["names"] = std::move(names);
    broker_.publish(topic, json::serialize(told));
}

/// What others have told lately is told again to all.
void People::ask() {
    has_to_ask_ = true;
    if (!mouth_.is_running()) {
        mouth_.start();
    }
}

void People::hear(const pubsub::Message& message) {
    if (ioloop::IOLoop::current().time() - message.arrived() > lifetime) {
        return;
    }
    const auto value = tornado::escape::json_decode(message.payload());
    const auto* const object = value.has_value() ? value->if_object() : nullptr;
    if (object == nullptr) {
        return;
    }
    const auto publisher = message.publisher();
    const bool is_new = last_heard_.insert_or_assign(publisher, message.arrived()).second;
    if (publisher != broker_.id() && (is_new || message.missed() != 0)) {
        ask();
    }
    if (object->contains("room")) {
        hear_room(publisher, *object);
    } else if (object->contains("ask") && publisher != broker_.id()) {
        for (const auto& [room, names] : here_) {
            changed(room);
        }
    }
}

void People::hear_room(pubsub::PublisherId publisher, const json::object& object) {
    const std::string room{std::string_view{object.at("room").as_string()}};
    Told told{.count = object.at("count").to_number<std::size_t>()};
    for (const auto& name : object.at("names").as_array()) {
        told.names.emplace_back(std::string_view{name.as_string()});
    }
    auto& processes = told_[room];
    auto& former = processes[publisher];
    const bool is_new = told != former;
    former = std::move(told);
    if (former.count == 0) {
        processes.erase(publisher);
    }
    if (processes.empty()) {
        told_.erase(room);
    }
    if (is_new) {
        on_change_(room);
    }
}

/// Says that it lives, and forgets those who do not.
void People::beat() {
    broker_.publish(topic, R"({"alive":true})");
    last_heard_.insert_or_assign(broker_.id(), ioloop::IOLoop::current().time());
    forget_the_dead();
}

void People::forget_the_dead() {
    const auto now = ioloop::IOLoop::current().time();
    std::erase_if(last_heard_, [now](const auto& each) { return now - each.second > lifetime; });
    std::vector<std::string> changed_rooms;
    for (auto& [room, processes] : told_) {
        if (std::erase_if(processes, [this](const auto& each) {
                return !last_heard_.contains(each.first);
            }) != 0) {
            changed_rooms.push_back(room);
        }
    }
    std::erase_if(told_, [](const auto& room) { return room.second.empty(); });
    for (const auto& room : changed_rooms) {
        on_change_(room);
    }
}

People::Room People::in(const std::string& room) const {
    Room all;
    const auto found = told_.find(room);
    if (found == told_.end()) {
        return all;
    }
    for (const auto& [publisher, told] : found->second) {
        all.count += told.count;
        all.names.insert(all.names.end(), told.names.begin(), told.names.end());
    }
    std::sort(all.names.begin(), all.names.end());
    all.names.resize(std::min(all.names.size(), most_names));
    return all;
}

std::map<std::string, std::size_t> People::rooms() const {
    std::map<std::string, std::size_t> counts;
    for (const auto& [room, processes] : told_) {
        for (const auto& [publisher, told] : processes) {
            counts[room] += told.count;
        }
    }
    return counts;
}

}  // namespace talk
