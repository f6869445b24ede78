#pragma once

#include <tornado/http1connection.hpp>
#include <tornado/httputil/error.hpp>
#include <tornado/iostream/errors.hpp>
#include <utility>

#include "support.hpp"

using http1connection::ClientConnectionRef;
using http1connection::HTTP1ClientConnection;
using http1connection::ResponseLimits;

/// What a test hears of a response.
class Response final : public httputil::HTTPMessageDelegate {
public:
    Future<void> headers_received(httputil::ResponseHead& head) override {
        code = head.code;
        reason = head.reason;
        headers = head.headers;
        events.push_back("headers " + std::to_string(code));
        return on_headers(*this);
    }
    Future<void> data_received(std::string_view chunk) override {
        body += chunk;
        largest = std::max(largest, chunk.size());
        events.push_back("data");
        return on_data(chunk);
    }
    void trailers_received(const httputil::HTTPHeaders& all) override { trailers = all; }
    void finish() override {
        events.push_back("finish");
        on_finish();
    }
    void on_connection_close() override { events.push_back("close"); }

    [[nodiscard]] bool finished() const { return !events.empty() && events.back() == "finish"; }
    [[nodiscard]] bool failed() const { return !events.empty() && events.back() == "close"; }

    std::function<Future<void>(Response&)> on_headers = [](Response&) {
        return Future<void>::ready();
    };
    std::function<Future<void>(std::string_view)> on_data = [](auto) {
        return Future<void>::ready();
    };
    std::function<void()> on_finish = [] {};

    int code = 0;
    std::string reason;
    httputil::HTTPHeaders headers;
    httputil::HTTPHeaders trailers;
    std::string body;
    std::size_t largest = 0;  ///< piece of body
    Events events;
};

/// A client's connection in a loop that runs when the test says so, whose server is the test.
struct ToServer {
    ToServer() : ToServer{Client::socket_pair(SOCK_STREAM)} {}
    explicit ToServer(const std::array<int, 2>& ends)
        : fd{ends[0]},
          connection{HTTP1ClientConnection::open(
              tornado::iostream::StreamCore::open(loop, tornado::netutil::Socket{ends[1]})
          )} {}
    ToServer(const ToServer&) = delete;
    ToServer& operator=(const ToServer&) = delete;
    ~ToServer() { close(); }

    void turn() { time.settle(); }
    void close() {
        if (fd >= 0) {
            ::close(std::exchange(fd, -1));
        }
    }

    /// Sends a GET and begins to read its response.
    void get(std::string_view method = "GET", const httputil::HTTPHeaders& headers = {}) {
        connection->send_request(method, "/", headers);
        done.emplace(connection->read_response(response, limits).ignore());
        turn();
    }
    /// The server says something.
    ToServer& say(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            turn();
            if (sent <= 0) {
                break;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return *this;
    }
    /// What the server has heard since.
    std::string hear() {
        turn();
        std::array<char, 65536> room;
        std::string text;
        for (;;) {
            const auto count = ::recv(fd, room.data(), room.size(), 0);
            if (count <= 0) {
                ended = count == 0;
                return text;
            }
            text.append(room.data(), static_cast<std::size_t>(count));
            turn();
        }
    }
    /// The code that the exchange failed with; none while it has not.
    [[nodiscard]] std::error_code error() const {
        if (connection->error() == nullptr) {
            return {};
        }
        try {
            std::rethrow_exception(connection->error());
        } catch (const httputil::HTTPInputError& wrong) {
            return wrong.code();
        } catch (const tornado::iostream::StreamClosedError& closed) {
            return closed.real_error();
        }
    }

    tornado::ioloop::IOLoop loop;
    tornado::testing::VirtualTime time{loop, tornado::testing::VirtualTime::Mode::manual};
    int fd;
    bool ended = false;  ///< the client has closed
    ResponseLimits limits;
    Response response;
    ClientConnectionRef connection;
    std::optional<Future<bool>> done;
};

/// Responses whose body is "hello", in the ways in which one can be sent.
inline const std::string whole_responses[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nT: "
    "x\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 "
    "\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5, 5\r\n\r\nhello",
};
