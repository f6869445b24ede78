#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/web/server_sent_event.hpp"

namespace tornado::web {

/// The latest events of a stream, as text, for readers that come back or are slow.
///
/// Events are numbered; each gets an id that is made of its number and of a word of this object's
/// own, so that an id of a former run of the program is not mistaken for one of this. Beyond its
/// limits it drops the oldest. A reader keeps a position, and has missed something when that is
/// before begin().
///
/// Thread safety: one thread.
class EventReplay {
public:
    using Position = std::uint64_t;

    /// Throws std::invalid_argument for no events at all.
    explicit EventReplay(std::size_t max_events = 1000, std::size_t max_bytes = 1024 * 1024);

    /// Throws std::invalid_argument for an event that has an id already: it gets one here.
    void add(ServerSentEvent event);

    /// The oldest event that is kept, and what comes behind the newest.
    [[nodiscard]] Position begin() const noexcept { return begin_; }
    [[nodiscard]] Position end() const noexcept { return end_; }
    /// The text of an event between these two. Throws std::out_of_range for others.
    [[nodiscard]] const std::string& at(Position position) const;
    /// The position behind the event with that id; nullopt when it was never one of these.
    [[nodiscard]] std::optional<Position> behind(std::string_view id) const;

    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    [[nodiscard]] std::size_t place_of(Position position) const noexcept {
        return static_cast<std::size_t>(position % max_events_);
    }
    void drop_oldest() noexcept;

    std::size_t max_events_;
    std::size_t max_bytes_;
    std::string own_word_;
    std::vector<std::string> texts_;  ///< that of a position at its remainder by max_events_
    std::size_t bytes_ = 0;
    Position begin_ = 0;
    Position end_ = 0;
};

}  // namespace tornado::web
