#pragma once

#include <tornado/ioloop.hpp>
#include <tornado/pubsub.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace talk {

/// Who is in which room, in all processes. Each tells the others whom it has in a room when that
/// changes, and when one asks who has not heard it all; and now and then that it lives. What a
/// process has told that has not been heard for a while is not so any more: it has died.
///
/// Thread safety: one loop, one thread.
class People {
public:
    struct Room {
        std::size_t count = 0;
        std::vector<std::string> names;  ///< some of them, by the alphabet
    };

    /// `on_change` is called with a room whose people have changed.
    People(tornado::pubsub::Broker& broker, std::function<void(const std::string& room)> on_change);
    /// Nobody is here any more.
    ~People();
    People(const People&) = delete;
    People& operator=(const People&) = delete;

    void enter(const std::string& room, const std::string& name);
    void leave(const std::string& room, const std::string& name);

    [[nodiscard]] Room in(const std::string& room) const;
    [[nodiscard]] bool is_anybody_in(const std::string& room) const { return told_.contains(room); }
    [[nodiscard]] std::size_t count_rooms() const noexcept { return told_.size(); }
    /// Rooms with anybody in them, and how many.
    [[nodiscard]] std::map<std::string, std::size_t> rooms() const;

private:
    struct Told {
        std::size_t count = 0;
        std::vector<std::string> names = {};
        bool operator==(const Told&) const = default;
    };
    void changed(const std::string& room);
    void tell_changes();
    void tell(const std::string& room);
    void ask();
    void hear(const tornado::pubsub::Message& message);
    void hear_room(tornado::pubsub::PublisherId publisher, const boost::json::object& object);
    void beat();
    void forget_the_dead();

    tornado::pubsub::Broker& broker_;
    std::function<void(const std::string&)> on_change_;
    std::map<std::string, std::multiset<std::string>> here_;
    std::set<std::string> untold_;
    std::map<std::string, std::map<tornado::pubsub::PublisherId, Told>> told_;
    std::map<tornado::pubsub::PublisherId, tornado::ioloop::TimePoint> last_heard_;
    bool has_to_ask_ = false;
    tornado::pubsub::Subscription subscription_;
    tornado::ioloop::PeriodicCallback heart_;
    tornado::ioloop::PeriodicCallback mouth_;
};

}  // namespace talk
