#ifdef TORNADO_HAS_GIO

#include <tornado/platform/glib.hpp>

#include <memory>
#include <string>
#include <tornado/iostream.hpp>
#include <tornado/tcpclient.hpp>
#include <tornado/web.hpp>
#include <vector>

#include "glib_support.hpp"
#ifdef TORNADO_HAS_LIBUV
#include <tornado/platform/uv.hpp>

#include <uv.h>
#endif

namespace {

namespace web = tornado::web;
using tornado::Future;
using tornado::tcpclient::TCPClient;

/// An echo server as one writes it for GIO: it knows nothing of us.
class GioEcho {
public:
    GioEcho() : service_{g_socket_service_new()} {
        port_ = g_socket_listener_add_any_inet_port(
            G_SOCKET_LISTENER(service_.get()), nullptr, nullptr
        );
        BOOST_REQUIRE(port_ != 0);
        g_signal_connect(service_.get(), "incoming", G_CALLBACK(on_incoming), this);
        g_socket_service_start(service_.get());
    }
    ~GioEcho() {
        g_socket_service_stop(service_.get());
        g_socket_listener_close(G_SOCKET_LISTENER(service_.get()));
    }
    GioEcho(const GioEcho&) = delete;
    GioEcho& operator=(const GioEcho&) = delete;

    [[nodiscard]] int port() const { return port_; }
    int open = 0;

private:
    struct Connection {
        GioEcho* server;
        Owned<GSocketConnection> socket;
        std::string room = std::string(4096, '\0');

        GInputStream* in() { return g_io_stream_get_input_stream(G_IO_STREAM(socket.get())); }
        GOutputStream* out() { return g_io_stream_get_output_stream(G_IO_STREAM(socket.get())); }
        void read() {
            g_input_stream_read_async(
                in(), room.data(), room.size(), G_PRIORITY_DEFAULT, nullptr, on_read, this
            );
        }
    };

    static gboolean
    on_incoming(GSocketService*, GSocketConnection* connection, GObject*, gpointer self) {
        auto& server = *static_cast<GioEcho*>(self);
        ++server.open;
        g_object_ref(connection);
        auto* const made = new Connection{&server, Owned<GSocketConnection>{connection}};
        made->read();
        return TRUE;
    }
    static void on_read(GObject*, GAsyncResult* result, gpointer data) {
        auto& self = *static_cast<Connection*>(data);
        const auto size = g_input_stream_read_finish(self.in(), result, nullptr);
        if (size <= 0) {
            --self.server->open;
            delete &self;
            return;
        }
        g_output_stream_write_all_async(
            self.out(),
            self.room.data(),
            static_cast<gsize>(size),
            G_PRIORITY_DEFAULT,
            nullptr,
            on_written,
            data
        );
    }
    static void on_written(GObject*, GAsyncResult* result, gpointer data) {
        auto& self = *static_cast<Connection*>(data);
        g_output_stream_write_all_finish(self.out(), result, nullptr, nullptr);
        self.read();
    }

    Owned<GSocketService> service_;
    int port_ = 0;
};

/// A client as one writes it for GIO: sends, and reads to the end.
class GioClient {
public:
    GioClient(int port, std::string request)
        : client_{g_socket_client_new()},
          request_{std::move(request)} {
        g_socket_client_connect_to_host_async(
            client_.get(), "127.0.0.1", static_cast<guint16>(port), nullptr, on_connect, this
        );
    }

    std::string response;
    std::string error;
    bool done = false;

private:
    static void on_connect(GObject*, GAsyncResult* result, gpointer data) {
        auto& self = *static_cast<GioClient*>(data);
        GError* error = nullptr;
        self.socket_.reset(
            g_socket_client_connect_to_host_finish(self.client_.get(), result, &error)
        );
        if (error != nullptr) {
            self.error = error->message;
            g_error_free(error);
            self.done = true;
            return;
        }
        auto* const out = g_io_stream_get_output_stream(G_IO_STREAM(self.socket_.get()));
        g_output_stream_write_all_async(
            out,
            self.request_.data(),
            self.request_.size(),
            G_PRIORITY_DEFAULT,
            nullptr,
            [](GObject* stream, GAsyncResult* written, gpointer client) {
                g_output_stream_write_all_finish(
                    G_OUTPUT_STREAM(stream), written, nullptr, nullptr
                );
                static_cast<GioClient*>(client)->read();
            },
            data
        );
    }
    void read() {
        g_input_stream_read_async(
            g_io_stream_get_input_stream(G_IO_STREAM(socket_.get())),
            room_.data(),
            room_.size(),
            G_PRIORITY_DEFAULT,
            nullptr,
            [](GObject* stream, GAsyncResult* result, gpointer data) {
                auto& self = *static_cast<GioClient*>(data);
                const auto size =
                    g_input_stream_read_finish(G_INPUT_STREAM(stream), result, nullptr);
                if (size > 0) {
                    self.response.append(self.room_.data(), static_cast<std::size_t>(size));
                    self.read();
                } else {
                    self.done = true;
                }
            },
            this
        );
    }

    Owned<GSocketClient> client_;
    Owned<GSocketConnection> socket_;
    std::string request_;
    std::string room_ = std::string(512, '\0');
};

struct Hello : web::RequestHandler {
    void get() { write("Hello from Tornado"); }
};

const std::string get_hello = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(gio, GLibFixture)

BOOST_AUTO_TEST_CASE(our_client_talks_to_a_socket_service) {
    GioEcho server;
    const auto talk = [&]() -> Future<void> {
        TCPClient client;
        auto stream = co_await client.connect("127.0.0.1", server.port());
        for (int i = 0; i < 10; ++i) {
            const std::string line = "line " + std::to_string(i) + "\n";
            co_await stream.write(line);
            const auto echo = co_await stream.read_until("\n");
            BOOST_TEST(echo == line);
        }
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
    turns();
}

BOOST_AUTO_TEST_CASE(much_at_once_arrives_whole) {
    GioEcho server;
    const std::string much(300'000, 'm');
    run([&]() -> Future<void> {
        TCPClient client;
        auto stream = co_await client.connect("127.0.0.1", server.port());
        auto written = stream.write(much);
        const auto echo = co_await stream.read_bytes(much.size());
        BOOST_TEST((echo == much));
        co_await written;
    });
    until([&] { return server.open == 0; });
    turns();
}

BOOST_AUTO_TEST_CASE(a_socket_client_fetches_from_our_http_server) {
    web::Application application{{web::url<Hello>("/")}};
    auto& server = application.listen(0, {.address = "127.0.0.1"});
    GioClient client{server.port(), get_hello};
    until([&] { return client.done; });
    BOOST_TEST(client.response.starts_with("HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(client.response.ends_with("\r\n\r\nHello from Tornado"));
    server.stop();
}

BOOST_AUTO_TEST_CASE(a_socket_client_started_in_our_coroutine_is_served_one_after_the_other) {
    web::Application application{{web::url<Hello>("/")}};
    auto& server = application.listen(0, {.address = "127.0.0.1"});
    run([&]() -> Future<void> {
        for (int i = 0; i < 20; ++i) {  // each gets the descriptor of the one before
            GioClient client{server.port(), get_hello};
            while (!client.done) {
                co_await tornado::gen::moment();
            }
            BOOST_TEST(client.response.ends_with("Hello from Tornado"));
        }
    });
    server.stop();
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_an_error_of_gios) {
    int port = 0;
    {
        const GioEcho gone;
        port = gone.port();
    }
    turns();
    GioClient client{port, "x"};
    until([&] { return client.done; });
    BOOST_TEST(client.error != "");
}

#ifdef TORNADO_HAS_LIBUV
BOOST_AUTO_TEST_CASE(glib_and_libuv_run_on_one_loop) {
    uv_loop_t uv_loop;
    uv_loop_init(&uv_loop);
    int uv_fired = 0;
    int glib_fired = 0;
    {
        tornado::platform::UVLoop uv{&uv_loop};
        uv_timer_t timer;
        uv_timer_init(&uv_loop, &timer);
        timer.data = &uv_fired;
        const auto on_timer = [](uv_timer_t* fired) {
            if (++*static_cast<int*>(fired->data) == 10) {
                uv_close(reinterpret_cast<uv_handle_t*>(fired), nullptr);
            }
        };
        uv_timer_start(&timer, on_timer, 1, 1);
        timeout(1, [&] { return ++glib_fired < 10; });
        until([&] { return uv_fired == 10 && glib_fired == 10; });
        wait(uv.run());
    }
    BOOST_TEST(uv_loop_close(&uv_loop) == 0);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

#endif
