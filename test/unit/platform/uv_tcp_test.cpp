#ifdef TORNADO_HAS_LIBUV

#include <tornado/platform/uv.hpp>

#include <netinet/in.h>

#include <memory>
#include <string>
#include <tornado/httpclient.hpp>
#include <tornado/iostream.hpp>
#include <tornado/tcpclient.hpp>
#include <tornado/web.hpp>
#include <vector>

#include "uv_support.hpp"

namespace {

namespace httpclient = tornado::httpclient;
namespace iostream = tornado::iostream;
namespace web = tornado::web;
using tornado::Future;
using tornado::Promise;
using tornado::tcpclient::TCPClient;

/// A TCP server as one writes it for libuv: it knows nothing of us.
class UVServer {
public:
    /// What a connection says to what it has read: empty is nothing yet.
    using Answer = std::function<std::string(const std::string& read)>;

    UVServer(UVFixture& test, Answer answer)
        : server_{test.make(uv_tcp_init)},
          test_{test},
          answer_{std::move(answer)} {
        sockaddr_in address{};
        uv_ip4_addr("127.0.0.1", 0, &address);
        auto* const stream = reinterpret_cast<uv_stream_t*>(server_.get());
        uv_tcp_bind(server_.get(), reinterpret_cast<const sockaddr*>(&address), 0);
        server_.handle.data = this;
        BOOST_REQUIRE(uv_listen(stream, 128, [](uv_stream_t* listener, int status) {
                          if (status == 0) {
                              static_cast<UVServer*>(listener->data)->accept();
                          }
                      }) == 0);
    }

    [[nodiscard]] int port() {
        sockaddr_in address{};
        int size = sizeof address;
        uv_tcp_getsockname(server_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }
    int open = 0;

private:
    struct Connection {
        uv_tcp_t handle{};
        UVServer* server = nullptr;
        char room[4096] = {};
    };
    struct Write {
        uv_write_t request{};
        std::string bytes;
    };

    void accept() {
        auto* const connection = new Connection;
        connection->server = this;
        uv_tcp_init(&test_.uv_loop, &connection->handle);
        connection->handle.data = connection;
        auto* const stream = reinterpret_cast<uv_stream_t*>(&connection->handle);
        uv_accept(reinterpret_cast<uv_stream_t*>(server_.get()), stream);
        ++open;
        uv_read_start(
            stream,
            [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
                auto& self = *static_cast<Connection*>(handle->data);
                *buffer = uv_buf_init(self.room, sizeof self.room);
            },
            on_read
        );
    }
    static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
        auto& self = *static_cast<Connection*>(stream->data);
        if (size < 0) {
            uv_close(reinterpret_cast<uv_handle_t*>(stream), [](uv_handle_t* handle) {
                auto* const connection = static_cast<Connection*>(handle->data);
                --connection->server->open;
                delete connection;
            });
            return;
        }
        auto* const write = new Write;
        write->bytes = self.server->answer_({buffer->base, static_cast<std::size_t>(size)});
        write->request.data = write;
        const auto bytes =
            uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
        uv_write(&write->request, stream, &bytes, 1, [](uv_write_t* request, int) {
            delete static_cast<Write*>(request->data);
        });
    }

    UVHandle<uv_tcp_t>& server_;
    UVFixture& test_;
    Answer answer_;
};

std::string same(const std::string& read) {
    return read;
}

/// A client as one writes it for libuv: sends, and reads to the end.
class UVClient {
public:
    UVClient(UVFixture& test, int port, std::string request) : request_{std::move(request)} {
        uv_tcp_init(&test.uv_loop, &handle_);
        handle_.data = this;
        connect_.data = this;
        sockaddr_in address{};
        uv_ip4_addr("127.0.0.1", port, &address);
        uv_tcp_connect(
            &connect_,
            &handle_,
            reinterpret_cast<const sockaddr*>(&address),
            [](uv_connect_t* connect, int status) {
                static_cast<UVClient*>(connect->data)->connected(status);
            }
        );
    }

    std::string response;
    bool done = false;

private:
    void connected(int status) {
        BOOST_REQUIRE(status == 0);
        auto* const stream = reinterpret_cast<uv_stream_t*>(&handle_);
        const auto bytes = uv_buf_init(request_.data(), static_cast<unsigned>(request_.size()));
        uv_write(&write_, stream, &bytes, 1, nullptr);
        uv_read_start(
            stream,
            [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
                auto& self = *static_cast<UVClient*>(handle->data);
                *buffer = uv_buf_init(self.room_, sizeof self.room_);
            },
            [](uv_stream_t* from, ssize_t size, const uv_buf_t* buffer) {
                auto& self = *static_cast<UVClient*>(from->data);
                if (size > 0) {
                    self.response.append(buffer->base, static_cast<std::size_t>(size));
                    return;
                }
                uv_close(reinterpret_cast<uv_handle_t*>(from), [](uv_handle_t* handle) {
                    static_cast<UVClient*>(handle->data)->done = true;
                });
            }
        );
    }

    uv_tcp_t handle_{};
    uv_connect_t connect_{};
    uv_write_t write_{};
    std::string request_;
    char room_[512] = {};
};

struct Hello : web::RequestHandler {
    void get() { write("Hello from Tornado"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(uv_tcp, UVFixture)

BOOST_AUTO_TEST_CASE(our_client_talks_to_an_echo_server_of_libuvs) {
    UVServer server{*this, same};
    run([&]() -> Future<void> {
        TCPClient client;
        auto stream = co_await client.connect("127.0.0.1", server.port());
        for (int i = 0; i < 10; ++i) {
            const std::string line = "line " + std::to_string(i) + "\n";
            co_await stream.write(line);
            const auto echo = co_await stream.read_until("\n");
            BOOST_TEST(echo == line);
        }
    });
    until([&] { return server.open == 0; });
}

BOOST_AUTO_TEST_CASE(many_clients_and_much_at_once_arrive_whole) {
    UVServer server{*this, same};
    const std::string much(300'000, 'm');
    const auto talk = [&]() -> Future<void> {
        TCPClient client;
        auto stream = co_await client.connect("127.0.0.1", server.port());
        auto written = stream.write(much);
        const auto echo = co_await stream.read_bytes(much.size());
        BOOST_TEST((echo == much));
        co_await written;
    };
    run([&]() -> Future<void> {
        std::vector<Future<void>> talks;
        for (int i = 0; i < 20; ++i) {
            talks.push_back(talk());
        }
        for (auto& one : talks) {
            co_await one;
        }
    });
    until([&] { return server.open == 0; });
}

BOOST_AUTO_TEST_CASE(our_http_client_fetches_from_a_server_of_libuvs) {
    UVServer server{*this, [](const std::string&) {
                        return std::string{
                            "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\n"
                            "Hello from libuv"};
                    }};
    const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
    const auto body = run([&]() -> Future<std::string> {
        httpclient::AsyncHTTPClient client;
        auto response = co_await client.fetch(url);
        co_return response.body;
    });
    BOOST_TEST(body == "Hello from libuv");
    until([&] { return server.open == 0; });
}

BOOST_AUTO_TEST_CASE(a_client_of_libuvs_fetches_from_our_http_server) {
    web::Application application{{web::url<Hello>("/")}};
    auto& server = application.listen(0, {.address = "127.0.0.1"});
    UVClient client{*this, server.port(), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"};
    until([&] { return client.done; });
    BOOST_TEST(client.response.starts_with("HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(client.response.ends_with("\r\n\r\nHello from Tornado"));
    server.stop();
}

BOOST_AUTO_TEST_CASE(both_kinds_of_servers_and_clients_share_one_thread) {
    UVServer echo{*this, same};
    web::Application application{{web::url<Hello>("/")}};
    auto& server = application.listen(0, {.address = "127.0.0.1"});
    std::vector<std::unique_ptr<UVClient>> clients;
    for (int i = 0; i < 10; ++i) {
        clients.push_back(std::make_unique<UVClient>(
            *this, server.port(), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ));
    }
    run([&]() -> Future<void> {
        TCPClient client;
        auto stream = co_await client.connect("127.0.0.1", echo.port());
        for (int i = 0; i < 100; ++i) {
            co_await stream.write("x\n");
            co_await stream.read_until("\n");
        }
    });
    until([&] { return std::ranges::all_of(clients, [](const auto& c) { return c->done; }); });
    server.stop();
    until([&] { return echo.open == 0; });
}

BOOST_AUTO_TEST_SUITE_END()

#endif
