// Any bytes, in any pieces, to the reader of frames: it never reads beyond its input, keeps to its
// limits, fails with a code that can be sent, and finds the same in whatever pieces the bytes come.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tornado/escape/utf8.hpp>
#include <tornado/websocket/frame_reader.hpp>
#include <utility>

#include "support.hpp"

namespace {

namespace websocket = tornado::websocket;
using Kind = websocket::FrameReader::Kind;

constexpr std::size_t max_message_size = 20'000;

struct Outcome {
    std::string said;  ///< all events
    int failure = 0;

    bool operator==(const Outcome&) const = default;
};

bool check(const websocket::FrameReader::Event& event, std::size_t size) {
    require(event.consumed <= size, "only what is there can be consumed");
    require(event.data.size() <= std::max<std::size_t>(max_message_size, 125), "limits are kept");
    if (event.kind == Kind::text || event.kind == Kind::close) {
        require(tornado::escape::is_valid_utf8(event.data), "text is UTF-8");
    }
    if (event.kind == Kind::close) {
        require(event.code == 0 || websocket::is_sendable(event.code), "codes are valid");
    }
    if (event.kind == Kind::failure) {
        require(websocket::is_sendable(event.code), "failures can be told");
    }
    return event.kind != Kind::need_more && event.kind != Kind::failure;
}

Outcome read(std::string_view input, bool masked, int compression, Dice* dice) {
    websocket::FrameReader reader{masked, max_message_size};
    const bool takeover = compression == 1 || compression == 3;
    if (compression != 0) {
        const int window_bits = compression == 3 ? 8 : 9 + compression;
        reader.set_inflater(std::make_unique<websocket::Inflater>(takeover, window_bits));
    }
    Outcome outcome;
    std::string buffer;
    while (!input.empty() && outcome.failure == 0) {
        const auto piece =
            dice == nullptr ? input.size() : 1 + dice->roll(dice->roll(2) == 0 ? 5 : 700);
        buffer.append(input.substr(0, piece));
        input.remove_prefix(std::min(piece, input.size()));
        bool more = true;
        while (more) {
            // A copy of its own, so that what is read beyond it is seen.
            const auto exact = std::make_unique<char[]>(buffer.size());
            std::copy(buffer.begin(), buffer.end(), exact.get());
            const auto event = reader.next({exact.get(), buffer.size()});
            more = check(event, buffer.size());
            if (more) {
                outcome.said += std::to_string(static_cast<int>(event.kind)) + ":" +
                                std::string{event.data} + ":" + std::to_string(event.code) + ";";
                if (event.gathered && dice != nullptr && dice->roll(2) == 0) {
                    const auto taken = std::move(reader.message());  // as handlers do
                    require(taken.size() <= max_message_size, "limits are kept");
                }
            } else if (event.kind == Kind::failure) {
                outcome.failure = event.code;
            }
            buffer.assign(exact.get() + event.consumed, buffer.size() - event.consumed);
        }
        if (dice != nullptr && dice->roll(8) == 0 && takeover && !reader.in_message()) {
            reader.inflater()->release();
        }
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) {
        return 0;
    }
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    const bool masked = (data[0] & 1U) != 0;
    const int compression = data[0] >> 1U & 3U;
    Dice dice{data[0] + size};
    const auto whole = read(input, masked, compression, nullptr);
    const auto cut = read(input, masked, compression, &dice);
    require(whole.said == cut.said, "pieces do not change what is read");
    require(whole.failure == cut.failure, "pieces do not change how it fails");
    return 0;
}
