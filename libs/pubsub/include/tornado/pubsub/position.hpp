#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/pubsub/message.hpp"

namespace tornado::pubsub {

/// How far a reader has come in a topic: the last message of each publisher that it has seen, and
/// when that was. With it a reader that comes back, to whatever process, asks for what it has
/// missed.
///
/// As text it is what a client keeps: `1732600000000-5f3a9c0112345678.17-8b1c00ff00ff00ff.4`, the
/// time in milliseconds since 1970, then publishers with their sequence numbers.
class Position {
public:
    struct Entry {
        PublisherId publisher;
        std::uint64_t sequence;
        bool operator==(const Entry&) const = default;
    };
    /// More publishers than this stand in no position: those that it was advanced by last do.
    static constexpr std::size_t max_publishers = 256;

    Position() = default;

    /// Nullopt for what to_string() would not have made.
    [[nodiscard]] static std::optional<Position> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;

    /// The reader has seen this one too.
    void advance(const Message& message) { advance(message.publisher(), message.sequence()); }
    void advance(PublisherId publisher, std::uint64_t sequence);
    /// The last one of a publisher; 0: none.
    [[nodiscard]] std::uint64_t of(PublisherId publisher) const noexcept;
    /// Whether a message is beyond it.
    [[nodiscard]] bool is_before(const Message& message) const noexcept {
        return message.sequence() > of(message.publisher());
    }
    [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

    /// Since 1970. It counts where messages come from other machines.
    [[nodiscard]] std::chrono::milliseconds time() const noexcept { return time_; }
    void set_time(std::chrono::milliseconds since_1970) noexcept { time_ = since_1970; }
    void set_time_to_now();

    bool operator==(const Position&) const = default;

private:
    std::chrono::milliseconds time_{0};
    std::vector<Entry> entries_;
};

}  // namespace tornado::pubsub
