#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tornado/http1connection/server_connection.hpp>
#include <tornado/httputil.hpp>
#include <tornado/iostream/stream_core.hpp>
#include <tornado/testing/virtual_time.hpp>
#include <vector>

namespace httputil = tornado::httputil;
namespace http1connection = tornado::http1connection;
using tornado::Future;
using tornado::Promise;

/// What happened, in order.
using Events = std::vector<std::string>;

class Application;

/// A request at the test's server: tells the application what came and does what that says.
class Request final : public httputil::HTTPMessageDelegate {
public:
    Request(Application& owner, httputil::HTTPConnection& connection)
        : application{owner},
          exchange{connection} {}
    ~Request() override;

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override;
    Future<void> data_received(std::string_view chunk) override;
    void finish() override;
    void on_connection_close() override;
    void on_detach() override;

    /// Answers 200 with `text`, in one piece.
    void answer(std::string text) { answer(200, std::move(text)); }
    void answer(int status, std::string text, const httputil::HTTPHeaders& headers = {}) {
        exchange.send_response(status, "", headers, std::move(text));
    }
    [[nodiscard]] httputil::ExchangeRef hold() { return httputil::ExchangeRef{&exchange}; }

    Application& application;
    httputil::HTTPConnection& exchange;
    std::string method;
    std::string target;
    std::string_view target_view;  ///< as it was handed on
    std::string authority;
    std::string path;
    std::string body;
    bool http10 = false;
};

/// Echoes each request unless a test puts something else into its hooks.
class Application final : public httputil::HTTPServerConnectionDelegate {
public:
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Request>(*this, exchange);
    }

    std::function<Future<void>(Request&)> on_headers = [](Request&) {
        return Future<void>::ready();
    };
    std::function<Future<void>(Request&, std::string_view)> on_data = [](Request&, auto) {
        return Future<void>::ready();
    };
    std::function<void(Request&)> on_finish = [](Request& request) {
        request.answer(
            request.method + " " + request.authority + request.path + " [" + request.body + "]"
        );
    };
    std::function<void(Request&)> on_close = [](Request&) {};

    Events events;
    int alive = 0;
};

inline Future<void>
Request::headers_received(httputil::RequestHead& head, const httputil::Target& parsed) {
    ++application.alive;
    method = head.method;
    target = head.target;
    target_view = head.target;
    authority = parsed.authority;
    path = parsed.path;
    http10 = head.version_minor == 0;
    application.events.push_back("headers " + method + " " + target);
    return application.on_headers(*this);
}
inline Request::~Request() {
    --application.alive;
}
inline Future<void> Request::data_received(std::string_view chunk) {
    body += chunk;
    application.events.push_back("data");
    return application.on_data(*this, chunk);
}
inline void Request::finish() {
    application.events.push_back("finish");
    application.on_finish(*this);
}
inline void Request::on_connection_close() {
    application.events.push_back("close");
    application.on_close(*this);
}
inline void Request::on_detach() {
    application.events.push_back("detach");
}

/// Keeps the last request without an answer.
struct Late {
    explicit Late(Application& application) {
        application.on_finish = [this](Request& each) {
            request = &each;
            held = each.hold();
        };
    }
    void answer(std::string text) {
        request->answer(std::move(text));
        held = {};
    }
    Request* request = nullptr;
    httputil::ExchangeRef held;
};

/// A server in a loop that runs, and whose time passes, when the test says so.
class Server {
public:
    using Duration = tornado::ioloop::Duration;

    /// Runs what is ready, until nothing is.
    void turn() { time.settle(); }
    /// Lets time pass until `condition` holds; returns how much that was. Throws when it has not
    /// for a very long time.
    template <typename Condition>
    Duration run_until(Condition condition) {
        const auto began = time.elapsed();
        turn();
        while (!condition()) {
            if (time.elapsed() - began > std::chrono::hours{2} || !time.advance_to_next()) {
                throw std::runtime_error{"what the test waits for never came"};
            }
        }
        return time.elapsed() - began;
    }

    tornado::ioloop::IOLoop loop;
    tornado::testing::VirtualTime time{loop, tornado::testing::VirtualTime::Mode::manual};
    Application application;
    http1connection::HTTP1ConnectionParameters parameters;
    http1connection::ConnectionSet connections;
};

/// `text` without its Date fields, which differ from second to second.
inline std::string without_date(std::string text) {
    for (auto at = text.find("Date: "); at != text.npos; at = text.find("Date: ", at)) {
        text.erase(at, text.find("\r\n", at) + 2 - at);
    }
    return text;
}

/// The other end of a connection to the server, with raw bytes in and out.
class Client {
public:
    explicit Client(Server& to, int type = SOCK_STREAM) : Client{to, socket_pair(type)} {}
    /// Takes over the ends of a connection: the client's and the server's.
    Client(Server& to, const std::array<int, 2>& ends) : server{to}, fd{ends[0]} {
        const int large =
            4 * 1024 * 1024;  // cut to what the system allows, which is more than usual
        ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
        http1connection::serve(
            tornado::iostream::StreamCore::open(server.loop, tornado::netutil::Socket{ends[1]}),
            {},
            server.parameters,
            server.application,
            server.connections
        );
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { close(); }

    void close() {
        if (fd >= 0) {
            ::close(std::exchange(fd, -1));
        }
    }
    void shut_output() const { ::shutdown(fd, SHUT_WR); }

    /// Sends as much as the server's side takes; says how much that was.
    std::size_t put(std::string_view bytes) const {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    /// Sends all, and lets the server do what that makes it do.
    Client& send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = put(bytes);
            bytes.remove_prefix(sent);
            server.turn();
            if (sent == 0) {
                break;
            }
        }
        return take();
    }
    /// Adds what has come to `text` and notes the end.
    Client& take() {
        std::array<char, 65536> room;
        for (;;) {
            const auto count = ::recv(fd, room.data(), room.size(), 0);
            if (count <= 0) {
                ended = count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
                broken = broken || (count < 0 && ended);  // it is told once
                return *this;
            }
            pieces.push_back(static_cast<std::size_t>(count));
            text.append(room.data(), static_cast<std::size_t>(count));
        }
    }
    /// Reads until the server ends the connection; returns how long that took.
    Server::Duration take_to_end() {
        return server.run_until([&] { return take().ended; });
    }
    /// Reads until `wanted` has come.
    Client& take_until(std::string_view wanted) {
        server.run_until([&] { return take().text.find(wanted) != std::string::npos; });
        return *this;
    }

    /// What has come, without Date fields.
    [[nodiscard]] std::string said() const { return without_date(text); }

    static std::array<int, 2> socket_pair(int type) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            throw std::runtime_error{"no socketpair"};
        }
        return ends;
    }

    Server& server;
    int fd = -1;
    std::string text;                 ///< what has come
    std::vector<std::size_t> pieces;  ///< the sizes of the reads that brought it
    bool ended = false;
    bool broken = false;  ///< the end was an error
};

/// How often `part` stands in `text`.
inline std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) {
        ++found;
    }
    return found;
}

/// The response that the test's application gives to what it echoes.
inline std::string ok(std::string_view body, std::string_view fields = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string{fields} + "\r\n" + std::string{body};
}

/// What the server answers and does with `input`, when it comes cut at `cut` (0: in one piece), or
/// byte by byte (npos).
struct Outcome {
    std::string text;
    bool ended = false;
    std::string events;

    bool operator==(const Outcome&) const = default;
};

inline Outcome outcome_of(Server& server, std::string_view input, std::size_t cut = 0) {
    server.application.events.clear();
    Client client{server};
    if (cut == input.npos) {
        for (const char c : input) {
            client.send({&c, 1});
        }
    } else {
        client.send(input.substr(0, cut)).send(input.substr(cut));
    }
    Outcome outcome{without_date(client.text), client.ended, {}};
    for (const auto& event : server.application.events) {
        // Pieces of a body are cut where the input is.
        outcome.events += event == "data" ? "" : event + "; ";
    }
    client.close();
    server.turn();
    return outcome;
}

/// The outcome for `input` in one piece, when all ways to cut it have the same; throws otherwise.
inline Outcome outcome_in_pieces(Server& server, std::string_view input) {
    const auto whole = outcome_of(server, input);
    const auto compare = [&](std::size_t cut) {
        const auto other = outcome_of(server, input, cut);
        if (!(other == whole)) {
            throw std::runtime_error{
                "cut at " + std::to_string(cut) + " it is\n" + other.text + "\n" + other.events +
                "\nand in one piece\n" + whole.text + "\n" + whole.events};
        }
    };
    for (std::size_t cut = 1; cut < input.size(); ++cut) {
        compare(cut);
    }
    compare(input.npos);
    return whole;
}

/// A connection over TCP, where closing with unread input resets.
inline std::array<int, 2> tcp_pair() {
    const tornado::netutil::Socket listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener.fileno(), plain, size) != 0 || ::listen(listener.fileno(), 1) != 0 ||
        ::getsockname(listener.fileno(), plain, &size) != 0 ||
        ::connect(client, plain, size) != 0) {
        throw std::runtime_error{"no connection over TCP"};
    }
    ::fcntl(client, F_SETFL, O_NONBLOCK);
    return {client, ::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
}

/// How often a delegate was told that its client has gone.
inline std::ptrdiff_t closes(const Server& server) {
    return std::ranges::count(server.application.events, "close");
}
