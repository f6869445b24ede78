#pragma once

#include <tornado/ioloop.hpp>
#include <tornado/pubsub.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace talk {

/// Who is in which room, in all processes: each tells the others whom it has there, when that
/// changes and now and then. What a process has not told for a while is not so any more: it has
/// died.
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
    /// Rooms with anybody in them, and how many.
    [[nodiscard]] std::map<std::string, std::size_t> rooms() const;

private:
    struct Told {
        std::size_t count;
        std::vector<std::string> names;
        tornado::ioloop::TimePoint when;
    };
    void changed(const std::string& room);
    void tell_changes();
    void tell(const std::string& room);
    void hear(const tornado::pubsub::Message& message);
    void beat();

    tornado::pubsub::Broker& broker_;
    std::function<void(const std::string&)> on_change_;
    std::map<std::string, std::multiset<std::string>> here_;
    std::set<std::string> untold_;
    std::map<std::string, std::map<tornado::pubsub::PublisherId, Told>> told_;
    tornado::pubsub::Subscription subscription_;
    tornado::ioloop::PeriodicCallback heart_;
    tornado::ioloop::PeriodicCallback mouth_;
};

}  // namespace talk
