#include "message_buffer.hpp"

#include <algorithm>
#include <utility>

namespace chat {

std::vector<MessageRef> MessageBuffer::get_messages_since(std::string_view cursor) const {
    const auto seen = std::find_if(messages_.rbegin(), messages_.rend(), [&](const auto& message) {
        return message->id == cursor;
    });
    const auto first = seen == messages_.rend() ? messages_.begin() : seen.base();
    return {first, messages_.end()};
}

MessageRef MessageBuffer::find_key(std::string_view key) const {
    const auto found = std::find_if(messages_.begin(), messages_.end(), [&](const auto& message) {
        return message->key == key;
    });
    return found == messages_.end() ? nullptr : *found;
}

void MessageBuffer::add(MessageRef message) {
    messages_.push_back(std::move(message));
    if (messages_.size() > capacity_) {
        messages_.pop_front();
    }
    bell_.notify_all();
}

}  // namespace chat
