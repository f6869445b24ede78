// Any fields of a handshake: what is accepted is well-formed, and an offer of compression is
// answered by what the offering client would take.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tornado/websocket/compression.hpp>
#include <tornado/websocket/extension.hpp>
#include <tornado/websocket/handshake.hpp>

#include "support.hpp"

namespace {

namespace websocket = tornado::websocket;

void check_answer(const std::string& field) {
    const auto parsed = websocket::parse_extensions(field);
    require(parsed && parsed->size() == 1, "an answer is well-formed");
    for (const auto& parameter : parsed->front().parameters) {
        require(!parameter.value || parameter.value->size() <= 2, "values are 8 to 15");
    }
    const websocket::CompressionOptions generous{
        .own_context_takeover = true, .peer_context_takeover = true};
    require(websocket::read_answer(parsed->front(), generous).has_value(), "clients take it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) {
        return 0;
    }
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    if (const auto headers = tornado::httputil::HTTPHeaders::parse(input)) {
        const auto upgrade = websocket::check_upgrade(*headers);
        const auto version = websocket::check_version(*headers);
        require(upgrade.status == 101 || !upgrade.reason.empty(), "refusals have a reason");
        if (version.status == 101) {
            require(headers->count("Sec-WebSocket-Key") == 1, "there is one key");
        }
    }
    static_cast<void>(websocket::is_same_origin(input, "example.com"));
    static_cast<void>(websocket::parse_tokens(input));
    const auto offers = websocket::parse_extensions(input);
    if (!offers) {
        return 0;
    }
    const websocket::CompressionOptions options{
        .own_context_takeover = (data[0] & 1U) != 0,
        .own_max_window_bits = static_cast<int>(8 + (data[0] >> 2U & 7U)),
        .peer_context_takeover = (data[0] & 2U) != 0,
        .peer_max_window_bits = static_cast<int>(8 + (data[0] >> 5U & 7U))};
    if (const auto answer = websocket::answer_offers(*offers, options)) {
        check_answer(answer->field);
    }
    for (const auto& offer : *offers) {
        static_cast<void>(websocket::read_answer(offer, options));
    }
    return 0;
}
