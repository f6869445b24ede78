#include "protocol.hpp"

#include <tornado/escape.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>

#include "limits.hpp"

namespace talk {

namespace json = boost::json;
namespace pubsub = tornado::pubsub;

namespace {

/// The number of characters in a UTF-8 text.
std::size_t length(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
    }));
}

std::string field(const json::object& object, std::string_view name) {
    const auto* const found = object.if_contains(name);
    if (found == nullptr || !found->is_string()) {
        return {};
    }
    return std::string{std::string_view{found->get_string()}};
}

bool has_control(std::string_view text, std::string_view allowed) {
    return std::any_of(text.begin(), text.end(), [allowed](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 || byte == 0x7f) && allowed.find(c) == allowed.npos;
    });
}

/// Without blanks around it. Throws Refused for none, a long one, or one with control characters.
std::string label(std::string text, std::size_t longest, const std::string& what) {
    const auto first = text.find_first_not_of(' ');
    const auto last = text.find_last_not_of(' ');
    text = first == text.npos ? "" : text.substr(first, last - first + 1);
    if (text.empty()) {
        throw Refused{"The " + what + " is empty"};
    }
    if (length(text) > longest) {
        throw Refused{"The " + what + " is longer than " + std::to_string(longest) + " characters"};
    }
    if (has_control(text, "")) {
        throw Refused{"The " + what + " has characters that cannot be shown"};
    }
    return text;
}

void read_enter(const json::object& object, Request& request) {
    request.kind = Request::Kind::enter;
    request.name = label(field(object, "name"), longest_name, "name");
    request.room = label(field(object, "room"), longest_room, "room's name");
    if (const auto position = field(object, "position"); !position.empty()) {
        request.position = pubsub::Position::parse(position);
    }
}

bool is_key(std::string_view key) {
    return !key.empty() && key.size() <= longest_key &&
           std::all_of(key.begin(), key.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
           });
}

void read_say(const json::object& object, Request& request) {
    request.kind = Request::Kind::say;
    request.text = field(object, "text");
    request.key = field(object, "key");
    request.again = object.contains("again");
    if (!is_key(request.key)) {
        throw Refused{"A message needs a key of small letters and digits"};
    }
    if (request.text.find_first_not_of(" \n\t") == std::string::npos) {
        throw Refused{"The message is empty"};
    }
    if (length(request.text) > longest_text) {
        throw Refused{"The message is longer than " + std::to_string(longest_text) + " characters"};
    }
    if (has_control(request.text, "\n\t")) {
        throw Refused{"The message has characters that cannot be shown"};
    }
}

std::int64_t since_1970() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch()
    )
        .count();
}

}  // namespace

std::string quoted(std::string_view text) {
    return json::serialize(json::string{text});
}

Request read_request(std::string_view text) {
    const auto value = tornado::escape::json_decode(text);
    const auto* const object = value.has_value() ? value->if_object() : nullptr;
    if (object == nullptr) {
        throw Refused{"That is no JSON object"};
    }
    Request request;
    const auto type = field(*object, "type");
    if (type == "enter") {
        read_enter(*object, request);
    } else if (type == "say") {
        read_say(*object, request);
    } else if (type != "ping") {
        throw Refused{"There is nothing of that type"};
    }
    return request;
}

std::string key_in(std::string_view text) {
    const auto value = tornado::escape::json_decode(text);
    const auto* const object = value.has_value() ? value->if_object() : nullptr;
    const auto key = object == nullptr ? std::string{} : field(*object, "key");
    return is_key(key) ? key : "";
}

std::string said(const Request& request, const std::string& name) {
    return R"({"key":")" + request.key + R"(","name":)" + quoted(name) + R"(,"text":)" +
           quoted(request.text) + R"(,"time":)" + std::to_string(since_1970()) + "}";
}

std::string envelope(const pubsub::Message& message) {
    return R"({"type":"message","from":")" + pubsub::to_string(message.publisher()) +
           R"(","seq":)" + std::to_string(message.sequence()) + R"(,"at":)" +
           std::to_string(since_1970()) + "," + message.payload().substr(1);
}

std::string welcome(
    const std::string& room,
    const pubsub::Position& position,
    bool resumed,
    const std::vector<pubsub::Message>& history
) {
    std::string text = R"({"type":"welcome","room":)" + quoted(room) + R"(,"position":")" +
                       position.to_string() + R"(","resumed":)" + (resumed ? "true" : "false") +
                       R"(,"history":[)";
    for (const auto& message : history) {
        text += (text.ends_with('[') ? "" : ",") + envelope(message);
    }
    return text + "]}";
}

std::string refusal(const std::string& key, const std::string& why) {
    return R"({"type":"refused","key":")" + key + R"(","why":)" + quoted(why) + "}";
}

}  // namespace talk
