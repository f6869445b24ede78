// An echo on Boost.Beast, for a peer in the bench's tables: one thread, one read and one write for
// each message, as its users write it.
//
//     beast_websocket_echo --port N
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {

class Session : public std::enable_shared_from_this<Session> {
public:
    explicit Session(tcp::socket socket) : stream_{std::move(socket)} {}

    void run() {
        stream_.next_layer().set_option(tcp::no_delay{true});
        stream_.auto_fragment(false);  // as the others send it
        stream_.async_accept([self = shared_from_this()](beast::error_code error) {
            if (!error) {
                self->read();
            }
        });
    }

private:
    void read() {
        stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, auto) {
            if (!error) {
                self->write();
            }
        });
    }
    void write() {
        stream_.text(stream_.got_text());
        stream_.async_write(
            buffer_.data(),
            [self = shared_from_this()](beast::error_code error, auto) {
                if (!error) {
                    self->buffer_.consume(self->buffer_.size());
                    self->read();
                }
            }
        );
    }

    beast::websocket::stream<tcp::socket> stream_;
    beast::flat_buffer buffer_;
};

void accept_from(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](beast::error_code error, tcp::socket socket) {
        if (!error) {
            std::make_shared<Session>(std::move(socket))->run();
        }
        accept_from(acceptor);
    });
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 3 || std::string_view{argv[1]} != "--port") {
        std::fputs("usage: beast_websocket_echo --port N\n", stderr);
        return 2;
    }
    asio::io_context context{1};
    const auto port = static_cast<std::uint16_t>(std::stoul(argv[2]));
    tcp::acceptor acceptor{context, {asio::ip::make_address_v4("127.0.0.1"), port}};
    accept_from(acceptor);
    context.run();
} catch (const std::exception& error) {
    std::fprintf(stderr, "beast_websocket_echo: %s\n", error.what());
    return 1;
}
