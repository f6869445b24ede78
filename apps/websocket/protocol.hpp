#pragma once

#include <tornado/pubsub.hpp>

#include <boost/json/value.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace talk {

/// What a page asked for cannot be; what() is for its reader.
class Refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What a page says.
struct Request {
    enum class Kind { enter, say, ping };
    Kind kind = Kind::ping;
    std::string name;                                   ///< enter: of who comes
    std::string room;                                   ///< enter
    std::optional<tornado::pubsub::Position> position;  ///< enter: how far the page has come there
    std::string text;                                   ///< say
    std::string key;     ///< say: what is said twice under one key counts once
    bool again = false;  ///< say: it may have been said already
};

/// Reads what a page says. Throws Refused.
[[nodiscard]] Request read_request(std::string_view json);
/// The key that it has, if it is a `say`; for who answers what read_request() refuses.
[[nodiscard]] std::string key_in(std::string_view json);

/// What is published in a room's topic.
[[nodiscard]] std::string said(const Request& request, const std::string& name);
/// What pages get of it: with publisher and number, by which they know how far they have come.
[[nodiscard]] std::string envelope(const tornado::pubsub::Message& message);
[[nodiscard]] std::string welcome(
    const std::string& room,
    const tornado::pubsub::Position& position,
    bool resumed,
    const std::vector<tornado::pubsub::Message>& history
);
[[nodiscard]] std::string refusal(const std::string& key, const std::string& why);

/// Text as it stands in JSON.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace talk
