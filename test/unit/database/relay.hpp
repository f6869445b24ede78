#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>
#include <tornado/concurrent/future.hpp>
#include <tornado/iostream/acceptor.hpp>
#include <tornado/iostream/errors.hpp>
#include <tornado/iostream/iostream.hpp>
#include <tornado/testing/unused_port.hpp>
#include <utility>
#include <vector>

#include "../../../libs/database/src/database_url.hpp"

/// Stands between a client and the server of a URL, on this thread's loop, and keeps what the
/// client sends.
class Relay {
public:
    explicit Relay(std::string_view server) : server_{server} {}

    /// The server's URL, by way of this.
    [[nodiscard]] std::string url() const {
        const auto host = server_.find('@') + 1;
        return server_.substr(0, host) + "127.0.0.1:" + std::to_string(listener_.second) +
               server_.substr(server_.find('/', host));
    }
    [[nodiscard]] const std::string& sent() const noexcept { return *sent_; }

private:
    using IOStream = tornado::iostream::IOStream;

    tornado::Future<void> serve(tornado::netutil::Socket socket) {
        IOStream client{std::move(socket)};
        IOStream server{tornado::netutil::Socket{::socket(AF_INET, SOCK_STREAM, 0)}};
        const auto url = tornado::database::parse_database_url(server_).value();
        const tornado::netutil::Address address{"127.0.0.1", url.port};
        co_await server.connect(address);
        const auto back = copy(server, client, nullptr);
        co_await copy(client, server, sent_);
        server.close();
        co_await back;
    }
    static tornado::Future<void>
    copy(IOStream& from, IOStream& to, std::shared_ptr<std::string> seen) {
        try {
            while (true) {
                const auto piece = co_await from.read_bytes(65'536, true);
                if (seen != nullptr) {
                    *seen += piece;
                }
                co_await to.write(piece);
            }
        } catch (const tornado::iostream::StreamClosedError&) {
        }
    }

    std::string server_;
    std::shared_ptr<std::string> sent_ = std::make_shared<std::string>();
    std::pair<tornado::netutil::Socket, int> listener_ = tornado::testing::bind_unused_port();
    std::vector<tornado::Future<void>> connections_;
    tornado::netutil::Acceptor acceptor_{
        listener_.first.fileno(),
        [this](tornado::netutil::Socket client, const tornado::netutil::Address&) {
            connections_.push_back(serve(std::move(client)));
            connections_.back().ignore();
        }};
};
