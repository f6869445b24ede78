// Ten thousand clients that come, say something or nothing, and vanish.
#include <tornado/websocket/websocket_handler.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <iterator>
#include <string>
#include <tornado/iostream/socket.hpp>
#include <vector>

#include "socket_support.hpp"

namespace {

/// Clients of which only the system knows, so that all memory is the server's.
class Strangers {
public:
    explicit Strangers(int port) : port_{static_cast<std::uint16_t>(port)} {}

    /// Comes with a handshake and perhaps more.
    void come(const std::string& words) {
        tornado::netutil::Socket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        BOOST_REQUIRE(
            ::connect(socket.fileno(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0
        );
        BOOST_REQUIRE(::send(socket.fileno(), words.data(), words.size(), MSG_NOSIGNAL) > 0);
        sockets_.push_back(std::move(socket));
    }
    /// All go: every other one with a reset, as who loses the network does.
    void vanish() {
        for (std::size_t i = 0; i < sockets_.size(); i += 2) {
            const linger at_once{1, 0};
            ::setsockopt(sockets_[i].fileno(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
        sockets_.clear();
    }

private:
    std::uint16_t port_;
    std::vector<tornado::netutil::Socket> sockets_;
};

/// What some strangers say before they vanish.
std::vector<std::string> last_words() {
    using namespace std::string_literals;
    const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    const auto plain = handshake_request();
    const auto small = handshake_request("/", offer);
    return {
        plain,
        plain.substr(0, plain.size() / 2),
        plain + masked(Opcode::text, "half a frame").substr(0, 9),
        plain + masked(Opcode::text, "a message") + masked(Opcode::ping, "?"),
        plain + masked(Opcode::text, "the first of two fragments", false),
        plain + client_close(1000, "bye"),
        plain + masked(Opcode::binary, std::string(20'000, 'x')),
        small + masked(Opcode::text, "\xf2\x48\xcd\xc9\xc9\x07\x00"s, true, true),
        small + masked(Opcode::text, "\xf2\x48", false, true),
        small + "\xFF\xFF\xFF\xFF no frame",
    };
}

struct Keeping : EchoCompressed {
    std::optional<websocket::CompressionOptions> get_compression_options() override {
        return websocket::CompressionOptions{
            .own_context_takeover = true, .peer_context_takeover = true};
    }
};

struct Page : web::RequestHandler {
    void get() { write("page"); }
};

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(coming_and_going, SocketTest)

BOOST_AUTO_TEST_CASE(of_ten_thousand_leaves_memory_and_descriptors_as_they_were) {
    const testing::ExpectLog silent{tornado::log::gen_log(), "", {.required = false}};
    serve<Keeping>();
    routes.push_back(web::url<Page>("/page"));
    Strangers strangers{get_http_port()};
    const auto words = last_words();
    // Connections are accepted in the order in which they came: who is answered came last.
    const auto all_are_accepted = [&] { BOOST_REQUIRE(fetch("/page").body == "page"); };
    const auto come_and_go = [&](int waves) {
        for (int wave = 0; wave < waves; ++wave) {
            for (int k = 0; k < 10; ++k) {  // fewer than may wait to be accepted
                for (const auto& said : words) {
                    strangers.come(said);
                }
            }
            if (wave % 2 == 0) {  // else they vanish before they have been seen
                all_are_accepted();
            }
            strangers.vanish();
            all_are_accepted();
            wait_until([&] { return http_server().connection_count() == 0; });
        }
    };
    come_and_go(10);
    const auto bytes = allocated_bytes();
    const auto descriptors = open_descriptors();
    come_and_go(100);
    wait_until([&] { return open_descriptors() <= descriptors; });
    wait_until([&] { return allocated_bytes() < bytes + 50'000; });
}

BOOST_AUTO_TEST_SUITE_END()
