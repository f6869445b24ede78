// Any bytes for replies of a Redis: however they are cut they mean the same, and nothing grows
// beyond its limits. And any bytes for what brokers tell each other.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frame.hpp"
#include "resp.hpp"
#include "support.hpp"

namespace {

namespace pubsub = tornado::pubsub;
namespace resp = pubsub::resp;

const resp::Limits limits{
    .max_depth = 4,
    .max_items = 50,
    .max_line = 100,
    .max_text = 1'000,
    .max_value = 2'000};

/// All that it says, written down; checks the limits on the way.
void write_down(const resp::Value& value, std::string& out, std::size_t depth, std::size_t& items) {
    require(depth <= limits.max_depth, "lists are not too deep");
    require(value.text.size() <= limits.max_text, "texts are not too long");
    require(value.items.empty() || value.text.empty(), "a list is no text");
    out += std::to_string(static_cast<int>(value.kind)) + value.text + "," +
           std::to_string(value.integer) + "[";
    items += value.items.size();
    require(items <= limits.max_items, "there are not too many items");
    for (const auto& item : value.items) {
        write_down(item, out, depth + 1, items);
    }
    out += "]";
}

/// Reads the input in pieces.
std::string read_all(std::string_view input, Dice dice, std::size_t largest) {
    resp::Parser parser{limits};
    std::string out;
    while (!input.empty()) {
        const auto piece = input.substr(0, 1 + dice.roll(largest));
        input.remove_prefix(piece.size());
        parser.feed(piece);
        while (true) {
            const auto value = parser.next();
            if (value.has_error()) {
                return out + value.error().message();
            }
            if (!value.value()) {
                break;
            }
            std::size_t items = 0;
            write_down(**value, out, 0, items);
        }
        require(
            parser.waiting() <= limits.max_value + limits.max_line + 2 + largest,
            "what waits has a limit"
        );
    }
    return out;
}

void read_frame(std::string_view input) {
    if (const auto frame = pubsub::decode(input)) {
        const auto again = pubsub::encode(*frame);
        require(
            std::string_view{again}.substr(pubsub::frame_length_size) == input,
            "a frame is what makes it"
        );
    }
}

/// Reads the input in pieces.
std::string read_stream(std::string_view input, Dice dice, std::size_t largest) {
    constexpr std::size_t max_payload = 100;
    pubsub::FrameReader reader{max_payload};
    std::string out;
    while (!input.empty() && reader.good()) {
        const auto piece = input.substr(0, 1 + dice.roll(largest));
        input.remove_prefix(piece.size());
        reader.feed(piece);
        while (const auto frame = reader.next()) {
            require(frame->topic.size() <= pubsub::max_topic_size, "topics are short");
            out += pubsub::encode(*frame);
        }
    }
    return out + std::to_string(reader.skipped()) + (reader.good() ? " good" : " bad");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view input{reinterpret_cast<const char*>(data) + 2, size - 2};
    const Dice dice{data[0] + 256U * data[1]};
    const auto all = std::max<std::size_t>(input.size(), 1) * 1'000;
    const auto at_once = read_all(input, dice, all);
    require(read_all(input, dice, 7) == at_once, "it means the same however it is cut");
    read_frame(input);
    require(
        read_stream(input, dice, 7) == read_stream(input, dice, all),
        "frames are the same however they are cut"
    );
    return 0;
}
