#pragma once

#include <tornado/locks.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "message.hpp"

namespace chat {

using MessageRef = std::shared_ptr<const Message>;

/// The latest messages, and a bell for those who wait for more.
///
/// Thread safety: one loop, one thread.
class MessageBuffer {
public:
    explicit MessageBuffer(std::size_t capacity = 200) : capacity_{capacity} {}

    /// Those that came after the one with the id `cursor`; all, when it is not there: it never was,
    /// or it is too long ago.
    [[nodiscard]] std::vector<MessageRef> get_messages_since(std::string_view cursor) const;
    /// The message with that key, or null.
    [[nodiscard]] MessageRef find_key(std::string_view key) const;
    /// Adds a message, drops the oldest if there are too many, and wakes all who wait.
    void add(MessageRef message);

    /// Rings when there is a message; those who ring it for another reason wake all who wait.
    [[nodiscard]] tornado::locks::Condition& bell() noexcept { return bell_; }

private:
    std::size_t capacity_;
    std::deque<MessageRef> messages_;
    tornado::locks::Condition bell_;
};

}  // namespace chat
