#include "message.hpp"

#include <tornado/escape.hpp>

#include <boost/json.hpp>

namespace chat {

using std::chrono::milliseconds;

boost::json::object to_json(const Message& message) {
    const auto since_1970 = std::chrono::floor<milliseconds>(message.time.time_since_epoch());
    return {
        {"id", message.id},
        {"name", message.name},
        {"body", message.body},
        {"time", since_1970.count()}};
}

boost::json::object to_history(const Message& message) {
    auto object = to_json(message);
    object["key"] = message.key;
    return object;
}

std::optional<Message> message_from(const std::string& json) {
    const auto value = tornado::escape::json_decode(json);
    const auto* const object = value.has_value() ? value->if_object() : nullptr;
    if (object == nullptr) {
        return std::nullopt;
    }
    Message message;
    for (const auto& [name, field] :
         {std::pair{"id", &message.id},
          std::pair{"key", &message.key},
          std::pair{"name", &message.name},
          std::pair{"body", &message.body}}) {
        const auto* const found = object->if_contains(name);
        if (found == nullptr || !found->is_string()) {
            return std::nullopt;
        }
        field->assign(found->get_string().data(), found->get_string().size());
    }
    const auto* const time = object->if_contains("time");
    using Clock = std::chrono::system_clock;
    constexpr auto latest = std::chrono::floor<milliseconds>(Clock::duration::max()).count();
    if (time == nullptr || !time->is_int64() || time->get_int64() < 0 ||
        time->get_int64() > latest) {
        return std::nullopt;
    }
    message.time = Clock::time_point{milliseconds{time->get_int64()}};
    return message;
}

}  // namespace chat
