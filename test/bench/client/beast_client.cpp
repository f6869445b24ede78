#include "beast_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

/// Fetches on one connection, one after the other, while any are left to begin.
class Session {
public:
    Session(
        asio::io_context& context,
        tcp::endpoint server,
        http::request<http::empty_body> request
    )
        : stream_{context},
          request_{std::move(request)} {
        stream_.connect(server);
        stream_.socket().set_option(tcp::no_delay{true});
    }

    void fetch_while(int& left) {
        if (left == 0) {
            return;
        }
        --left;
        http::async_write(stream_, request_, [this, &left](beast::error_code error, std::size_t) {
            if (error) {
                throw beast::system_error{error};
            }
            receive(left);
        });
    }

private:
    void receive(int& left) {
        response_.emplace();
        http::async_read(
            stream_,
            buffer_,
            *response_,
            [this, &left](beast::error_code error, std::size_t) {
                if (error) {
                    throw beast::system_error{error};
                }
                if (response_->result() != http::status::ok) {
                    throw std::runtime_error{"an unexpected response"};
                }
                fetch_while(left);
            }
        );
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::empty_body> request_;
    std::optional<http::response<http::string_body>> response_;
};

}  // namespace

struct BeastClient::State {
    asio::io_context context{1};
    std::vector<std::unique_ptr<Session>> sessions;
};

BeastClient::BeastClient(
    int port,
    int connections,
    const std::string& user_agent,
    const std::string& codings
)
    : state_{std::make_unique<State>()} {
    const tcp::endpoint server{asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)};
    http::request<http::empty_body> request{http::verb::get, "/", 11};
    request.set(http::field::host, "127.0.0.1:" + std::to_string(port));
    request.set(http::field::user_agent, user_agent);
    request.set(http::field::accept_encoding, codings);
    for (int i = 0; i < connections; ++i) {
        state_->sessions.push_back(std::make_unique<Session>(state_->context, server, request));
    }
}

BeastClient::~BeastClient() = default;

void BeastClient::fetch(int count) {
    for (const auto& session : state_->sessions) {
        session->fetch_while(count);
    }
    state_->context.restart();
    state_->context.run();
}
