// Windows of 256 bytes (RFC 7692, 7.1.2), which zlib does not make, against a zlib that has no
// more.
#include <tornado/websocket/deflate.hpp>

#include <zlib.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "socket_support.hpp"

namespace {

using websocket::CompressionOptions;
using websocket::Deflater;
using websocket::Inflater;

/// Somebody else's decompressor, whose window is as small as it says: each byte goes out alone, so
/// that nothing but the window can be referred to.
class StrictInflater {
public:
    explicit StrictInflater(int window_bits) { ::inflateInit2(&zlib_, -window_bits); }
    ~StrictInflater() { ::inflateEnd(&zlib_); }
    StrictInflater(const StrictInflater&) = delete;
    StrictInflater& operator=(const StrictInflater&) = delete;

    std::string message(std::string payload) {
        payload.append("\0\0\xFF\xFF", 4);
        zlib_.next_in = reinterpret_cast<unsigned char*>(payload.data());
        zlib_.avail_in = static_cast<unsigned>(payload.size());
        std::string text;
        unsigned char byte = 0;
        while (true) {
            zlib_.next_out = &byte;
            zlib_.avail_out = 1;
            const int result = ::inflate(&zlib_, Z_SYNC_FLUSH);
            if (result != Z_OK && result != Z_BUF_ERROR) {
                return "(failed)";
            }
            if (zlib_.avail_out == 1) {
                return text;
            }
            text.push_back(static_cast<char>(byte));
        }
    }

private:
    z_stream zlib_{};
};

/// Text that says the same again at all distances, among them 256 bytes and more.
std::string repetitive(std::size_t size) {
    std::string text;
    for (unsigned i = 0; text.size() < size; ++i) {
        text +=
            "word" + std::to_string(i * i % 97) + (i % 5 == 0 ? " and what is always said " : " ");
    }
    text.resize(size);
    return text;
}

/// How long the payload is of the frame that begins so.
std::size_t length_of(std::string_view head) {
    const auto byte = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(head[at]));
    };
    const auto length = byte(1) & 0x7FU;
    return length == 126 ? byte(2) << 8U | byte(3) : length;
}

/// Whether that is a whole frame of a server.
bool has_frame(std::string_view bytes) {
    const bool is_long = bytes.size() >= 2 && (static_cast<unsigned char>(bytes[1]) & 0x7FU) == 126;
    const std::size_t head = is_long ? 4 : 2;
    return bytes.size() >= head && bytes.size() == head + length_of(bytes);
}

/// The payload of the one frame in `bytes`, unmasked.
std::string payload_of(const std::string& bytes, bool is_masked) {
    const auto length = length_of(bytes);
    const std::size_t head = length < 126 ? 2 : 4;
    if (!is_masked) {
        return bytes.substr(head, length);
    }
    const MaskKey key{bytes[head], bytes[head + 1], bytes[head + 2], bytes[head + 3]};
    auto payload = bytes.substr(head + 4, length);
    websocket::apply_mask(payload, key);
    return payload;
}

const std::vector<std::string> messages{
    repetitive(700),
    repetitive(700),
    "short",
    repetitive(255),
    repetitive(257),
    "",
    "short"};

constexpr CompressionOptions with_takeover{
    .own_context_takeover = true,
    .peer_context_takeover = true};

}  // namespace

BOOST_AUTO_TEST_SUITE(window_of_8_bits)

BOOST_AUTO_TEST_CASE(is_never_exceeded_by_what_is_sent) {
    for (const bool takeover : {false, true}) {
        for (int level = 1; level <= 9; ++level) {
            Deflater deflater{{.context_takeover = takeover, .level = level, .window_bits = 8}};
            StrictInflater inflater{8};
            for (const std::size_t size : {10U, 300U, 5'000U, 70'000U, 300U}) {
                std::string payload;
                const auto text = repetitive(size);
                deflater.compress(text, payload);
                BOOST_REQUIRE((inflater.message(payload) == text));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(is_exceeded_by_larger_ones) {  // or the former case would prove nothing
    Deflater deflater{{.context_takeover = true, .window_bits = 15}};
    StrictInflater inflater{8};
    std::string payload;
    deflater.compress(repetitive(70'000), payload);
    BOOST_TEST(inflater.message(payload) == "(failed)");
}

BOOST_FIXTURE_TEST_CASE(is_kept_to_by_a_server_rfc_7692_7_1_2_1, SocketTest) {
    struct Handler : Echo {
        std::optional<CompressionOptions> get_compression_options() override {
            return with_takeover;
        }
    };
    serve<Handler>();
    auto socket = open(
        "/",
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8; "
        "client_max_window_bits=8\r\n"
    );
    BOOST_TEST(
        socket.has("Sec-WebSocket-Extensions: permessage-deflate; "
                   "server_max_window_bits=8; client_max_window_bits=8")
    );
    Deflater deflater{{.context_takeover = true, .window_bits = 8}};
    StrictInflater inflater{8};
    for (const auto& text : messages) {
        std::string payload;
        deflater.compress(text, payload);
        socket.send(masked(Opcode::text, payload, true, true));
        while (!has_frame(socket.unread())) {
            socket.take(1);
        }
        BOOST_TEST((inflater.message(payload_of(socket.take_all(), false)) == text));
    }
}

BOOST_FIXTURE_TEST_CASE(is_kept_to_by_a_client_rfc_7692_7_1_2_2, SocketTest) {
    const auto serve_one = [](tornado::iostream::IOStream& stream,
                              std::string head) -> Future<void> {
        co_await stream.write(accepting(
            head,
            "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8; "
            "client_max_window_bits=8\r\n"
        ));
        Deflater deflater{{.context_takeover = true, .window_bits = 8}};
        StrictInflater inflater{8};
        std::string bytes;
        for (std::size_t count = 0; count < messages.size(); ++count) {
            bytes = co_await stream.read_bytes(6);
            const bool is_long = (static_cast<unsigned char>(bytes[1]) & 0x7FU) == 126;
            const auto rest = length_of(bytes) + (is_long ? 2 : 0);
            const auto more = co_await stream.read_bytes(rest);
            bytes += more;
            std::string payload;
            deflater.compress(inflater.message(payload_of(bytes, true)), payload);
            co_await stream.write(plain(Opcode::text, payload, true, true));
        }
        co_await stream.read_until_close();
    };
    ScriptedServer server{serve_one};
    const auto client = run([&] {
        return websocket::websocket_connect(
            server.url(), WebSocketOptions().compression(with_takeover)
        );
    });
    BOOST_TEST(client->is_compressed());
    for (const auto& text : messages) {
        client->write_message(text);
        BOOST_TEST((read(client) == text));
    }
}

BOOST_AUTO_TEST_SUITE_END()
