// Any bytes, in any pieces, to either side of TLS; and the bytes of two real sides, in any pieces,
// of which some are forged. What a side reads is what the other wrote, from its beginning on; if
// nothing was forged it is all of it. Nothing stays behind.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <tornado/iostream/ssl_errors.hpp>
#include <tornado/iostream/stream_core.hpp>
#include <tornado/iostream/tls_session.hpp>
#include <tornado/netutil.hpp>
#include <utility>

#include "../unit/iostream/certificates.hpp"

#include "connection_support.hpp"

namespace {

namespace netutil = tornado::netutil;
using tornado::iostream::StreamCore;
using tornado::iostream::StreamEngine;
using tornado::iostream::StreamRef;

/// What both sides need, made once.
struct Contexts {
    Contexts() {
        const ssl_test::Authority authority;
        server = netutil::ssl_options_to_context(
            {.certfile = authority.server.certfile, .keyfile = authority.server.keyfile},
            netutil::SSLSide::server
        );
        client = netutil::ssl_options_to_context(
            {.ca_certs = authority.ca.certfile}, netutil::SSLSide::client
        );
    }
    netutil::SSLContext server;
    netutil::SSLContext client;
};

/// One side: reads whatever comes, in places in small pieces.
class Side final : public StreamEngine {
public:
    Side(SharedLoop& loop, const netutil::SSLContext& context, Dice& dice) : dice_{dice} {
        std::array<int, 2> ends{};
        require(
            ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0,
            "there are sockets"
        );
        far = netutil::Socket{ends[0]};
        stream = StreamCore::open(*loop.loop, netutil::Socket{ends[1]});
        stream->set_engine(this);
        stream->start_tls(context, "localhost");
        stream->start_reading();
    }
    Side(const Side&) = delete;
    Side& operator=(const Side&) = delete;
    ~Side() {
        stream->set_engine(nullptr);
        stream->close();
    }

    void write(std::string_view text) {
        if (stream->closed()) {
            return;
        }
        written += text;
        if (dice_.roll(2) == 0) {
            stream->append_block(std::string{text});
        } else {
            stream->output().append(text);
        }
        stream->flush();
    }

    /// What has come, unread bytes too.
    [[nodiscard]] std::string all() const { return received + std::string{stream->input().view()}; }

    netutil::Socket far;  ///< the other end of what the side speaks to
    StreamRef stream;
    std::string written;
    std::string received;
    std::optional<std::error_code> end;

private:
    void on_input() override {
        require(!end, "nothing comes after the end");
        auto& input = stream->input();
        require(!input.empty(), "input is told when there is some");
        const auto count = dice_.roll(2) == 0 ? input.size() : 1 + dice_.roll(input.size());
        received += input.view().substr(0, count);
        input.consume(count);
        stream->start_reading(1 + dice_.roll(100));
    }
    void on_end(std::error_code error) override {
        end = error;
        received += stream->input().view();
        stream->input().consume(stream->input().size());
        if (error) {
            stream->close();
        }
    }
    void on_sent() override {}

    Dice& dice_;
};

/// Carries what one side sends to the other; true when there was something.
bool carry(Side& from, Side& to, Dice& dice, bool& may_forge) {
    std::array<char, 20'000> room;
    const auto most = 1 + dice.roll(dice.roll(3) == 0 ? 7 : room.size());
    const auto count = ::recv(from.far.fileno(), room.data(), most, 0);
    if (count <= 0) {
        return false;
    }
    if (may_forge && dice.roll(64) == 0) {
        room[dice.roll(static_cast<std::size_t>(count))] ^= static_cast<char>(1 + dice.roll(255));
        may_forge = false;
    }
    static_cast<void>(
        ::send(to.far.fileno(), room.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL)
    );
    return true;
}

void carry_all(SharedLoop& loop, Side& one, Side& other, Dice& dice, bool& may_forge) {
    for (bool carried = true; carried;) {
        loop.turn();
        const bool there = carry(one, other, dice, may_forge);
        loop.turn();
        const bool back = carry(other, one, dice, may_forge);
        carried = there || back;
    }
}

void converse(SharedLoop& loop, const Contexts& contexts, std::string_view input, Dice& dice) {
    Side server{loop, contexts.server, dice};
    Side client{loop, contexts.client, dice};
    const bool forges = dice.roll(2) == 0;
    bool may_forge = forges;
    while (!input.empty()) {
        const auto piece = input.substr(0, 1 + dice.roll(dice.roll(2) == 0 ? 9 : 40'000));
        input.remove_prefix(piece.size());
        (dice.roll(2) == 0 ? server : client).write(piece);
        for (auto steps = dice.roll(4); steps != 0; --steps) {
            loop.turn();
            carry(client, server, dice, may_forge);
            carry(server, client, dice, may_forge);
        }
    }
    carry_all(loop, client, server, dice, may_forge);
    const bool honest = forges == std::exchange(may_forge, false);  // it was not made use of
    require(client.written.starts_with(server.all()), "the server reads what was written");
    require(server.written.starts_with(client.all()), "the client reads what was written");
    if (!honest) {
        return;
    }
    require(server.all() == client.written, "all of it comes to the server");
    require(client.all() == server.written, "all of it comes to the client");
    require(!server.end && !client.end, "nobody has ended");
    require(server.stream->tls()->handshake_done(), "the handshake is over");
    client.stream->shutdown_output();
    carry_all(loop, client, server, dice, may_forge);
    require(server.end && !*server.end, "an orderly end is one");
    server.write("the rest");
    carry_all(loop, client, server, dice, may_forge);
    require(client.all() == server.written, "the other direction goes on");
}

void babble(
    SharedLoop& loop,
    const netutil::SSLContext& context,
    std::string_view input,
    Dice& dice
) {
    Side side{loop, context, dice};
    side.write("a secret");
    while (!input.empty()) {
        const auto piece = input.substr(0, 1 + dice.roll(dice.roll(2) == 0 ? 9 : 2000));
        static_cast<void>(::send(side.far.fileno(), piece.data(), piece.size(), MSG_NOSIGNAL));
        input.remove_prefix(piece.size());
        loop.turn();
    }
    ::shutdown(side.far.fileno(), SHUT_WR);
    loop.turn();
    require(side.received.empty(), "who does not know the keys says nothing");
    require(side.end && *side.end, "and is no orderly end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static SharedLoop loop;
    static const Contexts contexts;
    return run_with_dice<4>(bytes, size, [](std::string_view input, Dice& dice) {
        switch (dice.roll(4)) {
            case 0:
                babble(loop, contexts.server, input, dice);
                break;
            case 1:
                babble(loop, contexts.client, input, dice);
                break;
            default:
                converse(loop, contexts, input, dice);
        }
        loop.turn();
    });
}
