#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace chat {

/// What somebody has said. All text is UTF-8.
struct Message {
    std::string id;    ///< given by the server
    std::string key;   ///< the sender's secret: what is sent twice under one key counts once
    std::string name;  ///< of who said it
    std::string body;
    std::chrono::system_clock::time_point time;
};

/// The message as everybody may have it, so without its key; the time in milliseconds since 1970.
[[nodiscard]] boost::json::object to_json(const Message& message);
/// The message as the history has it.
[[nodiscard]] boost::json::object to_history(const Message& message);
/// Nullopt for what to_history() has not made.
[[nodiscard]] std::optional<Message> message_from(const std::string& json);

}  // namespace chat
