// Any messages through a deflater and an inflater come out as they went in; any bytes to an
// inflater give no more than the limit, and do not harm the message that comes behind them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tornado/websocket/deflate.hpp>

#include "support.hpp"

namespace {

namespace websocket = tornado::websocket;
using Outcome = websocket::Inflater::Outcome;

constexpr std::size_t limit = 100'000;

void round_trip(std::string_view input, Dice& dice) {
    const bool takeover = dice.roll(2) == 0;
    const int bits = 8 + static_cast<int>(dice.roll(8));
    websocket::Deflater deflater{
        {.context_takeover = takeover,
         .level = static_cast<int>(dice.roll(10)),
         .mem_level = 1 + static_cast<int>(dice.roll(9)),
         .window_bits = bits}};
    websocket::Inflater inflater{takeover, bits};
    do {
        const auto message = input.substr(0, dice.roll(3000));
        input.remove_prefix(message.size());
        std::string packed;
        deflater.compress(message, packed);
        std::string unpacked;
        for (std::string_view rest = packed; !rest.empty();) {
            const auto part = rest.substr(0, 1 + dice.roll(500));
            rest.remove_prefix(part.size());
            require(inflater.add(part, unpacked, limit) == Outcome::done, "parts are taken");
        }
        require(inflater.finish(unpacked, limit) == Outcome::done, "the end is found");
        require(unpacked == message, "messages come out as they went in");
        if (dice.roll(3) == 0) {
            inflater.release();
        }
        if (dice.roll(3) == 0) {
            deflater.release();
        }
    } while (input.size() > 1);
}

void hostile(std::string_view input, Dice& dice) {
    websocket::Inflater inflater{dice.roll(2) == 0, 8 + static_cast<int>(dice.roll(8))};
    std::string out;
    auto outcome = Outcome::done;
    while (!input.empty() && outcome == Outcome::done) {
        const auto part = input.substr(0, 1 + dice.roll(1000));
        input.remove_prefix(part.size());
        outcome = inflater.add(part, out, limit);
    }
    if (outcome == Outcome::done) {
        outcome = inflater.finish(out, limit);
    }
    require(out.size() <= limit, "the limit holds");
    if (outcome == Outcome::done) {
        std::string next;
        const std::string_view hello{"\xf2\x48\xcd\xc9\xc9\x07\x00", 7};
        require(inflater.add(hello, next, limit) == Outcome::done, "the next message is taken");
        require(inflater.finish(next, limit) == Outcome::done && next == "Hello", "and right");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view input{reinterpret_cast<const char*>(data) + 2, size - 2};
    Dice dice{(std::uint64_t{data[0]} << 8U) + data[1]};
    round_trip(input, dice);
    hostile(input, dice);
    return 0;
}
