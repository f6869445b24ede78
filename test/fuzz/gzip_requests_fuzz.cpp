// Any bytes as the body of a request that says it is gzip: however it is cut into pieces, the same
// comes out of it, never more than is allowed; and what was compressed comes out as it was.
#include <tornado/httputil/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "../unit/http1connection/gzip.hpp"
#include "../unit/httpserver/exchange.hpp"
#include "gzip_requests.hpp"
#include "support.hpp"

namespace {

namespace httputil = tornado::httputil;
using tornado::Future;

constexpr std::size_t chunk_size = 512;

/// Gathers what comes out.
struct Gatherer : httputil::HTTPServerConnectionDelegate {
    struct Request : httputil::HTTPMessageDelegate {
        explicit Request(Gatherer& to) : gatherer{to} {}
        Future<void> headers_received(httputil::RequestHead& head, const httputil::Target&)
            override {
            require(!head.headers.contains("Content-Encoding"), "nobody decodes it again");
            return Future<void>::ready();
        }
        Future<void> data_received(std::string_view chunk) override {
            require(!chunk.empty() && chunk.size() <= chunk_size, "pieces keep to their size");
            gatherer.body += chunk;
            return Future<void>::ready();
        }
        void finish() override { gatherer.whole = true; }
        Gatherer& gatherer;
    };
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection&)
        override {
        return std::make_unique<Request>(*this);
    }

    std::string body;
    bool whole = false;
    std::error_code error;
};

/// Plays `body` in pieces, as the dice say.
std::unique_ptr<Gatherer> play(std::string_view body, Dice dice) {
    auto out = std::make_unique<Gatherer>();
    tornado::httpserver::GzipRequests decoding{*out, chunk_size};
    MemoryExchange exchange{"POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n\r\n"};
    exchange.begin(decoding);
    try {
        while (!body.empty()) {
            const auto piece = body.substr(0, 1 + dice.roll(dice.roll(2) == 0 ? 9 : 2000));
            body.remove_prefix(piece.size());
            exchange.delegate().data_received(piece).result();
        }
        exchange.delegate().finish();
    } catch (const httputil::HTTPInputError& wrong) {
        out->error = wrong.code();
    }
    require(out->whole != static_cast<bool>(out->error), "a body is whole, or refused");
    require(out->body.size() <= exchange.max_body_size(), "a small body does not become too large");
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto seed = size == 0 ? 0U : std::uint64_t{data[0]} << 8 | data[size - 1];
    const auto once = play(input, Dice{seed});
    const auto again = play(input, Dice{seed + 1});
    require(once->error == again->error, "cutting it otherwise changes no verdict");
    require(once->error || once->body == again->body, "and nothing of the body");
    const auto compressed = play(gzip(input), Dice{seed});
    require(compressed->whole && compressed->body == input, "what was compressed comes out");
    return 0;
}
