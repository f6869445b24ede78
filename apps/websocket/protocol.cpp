#include "protocol.hpp"

#include <tornado/escape.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

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

/// The next character of a UTF-8 text, which is taken away.
char32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t character = size == 1 ? first : first & (0x7fU >> size);
    for (const char byte : text.substr(1, size - 1)) {
        character = character << 6U | (static_cast<unsigned char>(byte) & 0x3fU);
    }
    text.remove_prefix(std::min(size, text.size()));
    return character;
}

/// Turns the text behind it around.
bool is_turning(char32_t character) {
    return (character >= 0x202a && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

/// Blanks, and what takes no room at all.
bool is_invisible(char32_t character) {
    constexpr std::pair<char32_t, char32_t> ranges[] = {
        {0x00, 0x20},
        {0x7f, 0xa0},
        {0xad, 0xad},
        {0x034f, 0x034f},
        {0x061c, 0x061c},
        {0x115f, 0x1160},
        {0x1680, 0x1680},
        {0x17b4, 0x17b5},
        {0x180b, 0x180e},
        {0x2000, 0x200f},
        {0x2028, 0x202f},
        {0x205f, 0x206f},
        {0x2800, 0x2800},
        {0x3000, 0x3000},
        {0x3164, 0x3164},
        {0xfe00, 0xfe0f},
        {0xfeff, 0xfeff},
        {0xffa0, 0xffa0},
        {0xe0000, 0xe0fff}};
    return std::any_of(std::begin(ranges), std::end(ranges), [character](const auto& range) {
        return character >= range.first && character <= range.second;
    });
}

/// Whether its reader sees something, and nothing around it is turned.
bool can_be_shown(std::string_view text) {
    bool visible = false;
    while (!text.empty()) {
        const auto character = take_character(text);
        if (is_turning(character)) {
            return false;
        }
        visible = visible || !is_invisible(character);
    }
    return visible;
}

/// Without blanks around it. Throws Refused for none, a long one, or one that cannot be shown.
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
    if (has_control(text, "") || !can_be_shown(text)) {
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
           std::to_string(since_1970()) +
           (message.missed() != 0 ? R"(,"missed":)" + std::to_string(message.missed()) : "") + "," +
           message.payload().substr(1);
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
