// Any bytes as what a client says of how far it has come, and as the name of a Redis.
#include <tornado/pubsub/position.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "redis_url.hpp"
#include "support.hpp"

namespace {

namespace pubsub = tornado::pubsub;

void read_position(std::string_view text) {
    const auto position = pubsub::Position::parse(text);
    if (!position) {
        return;
    }
    require(position->to_string() == text, "a position is what makes it");
    require(
        position->entries().size() <= pubsub::Position::max_publishers,
        "publishers are not too many"
    );
    for (const auto& entry : position->entries()) {
        require(entry.sequence != 0, "numbers begin with 1");
        require(position->of(entry.publisher) == entry.sequence, "a publisher stands there once");
    }
}

void read_url(std::string_view text) {
    try {
        const auto url = pubsub::parse_redis_url(text);
        require(!url.host.empty() && url.port != 0, "there is a host, and a port");
        const auto again = pubsub::parse_redis_url(url.to_string());
        require(again.host == url.host && again.port == url.port, "what is shown means the same");
        require(again.tls == url.tls, "what is shown says whether there is TLS");
    } catch (const std::invalid_argument&) {
        // It is none.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    read_position(input);
    read_url(input);
    return 0;
}
