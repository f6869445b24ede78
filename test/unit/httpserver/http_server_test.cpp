#include <tornado/httpserver/http_server.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <tornado/gen.hpp>
#include <tornado/httputil/http_server_request.hpp>
#include <tornado/iostream.hpp>
#include <tornado/log.hpp>
#include <tornado/routing.hpp>
#include <tornado/testing.hpp>

#include "../log_capture.hpp"

namespace data = boost::unit_test::data;
namespace gen = tornado::gen;
namespace httpserver = tornado::httpserver;
namespace httputil = tornado::httputil;
namespace iostream = tornado::iostream;
namespace netutil = tornado::netutil;
namespace testing = tornado::testing;
using namespace std::chrono_literals;
using tornado::Future;

namespace {

/// Tells the client what the server has understood.
struct Mirror : httputil::HTTPServerConnectionDelegate {
    struct Request : httputil::HTTPMessageDelegate {
        explicit Request(httputil::HTTPConnection& where) : exchange{where} {}
        Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
            override {
            request.emplace(head, target, exchange);
            return Future<void>::ready();
        }
        Future<void> data_received(std::string_view chunk) override {
            largest = std::max(largest, chunk.size());
            request->body().append(chunk);
            return Future<void>::ready();
        }
        void finish() override {
            std::string body{request->method()};
            for (const auto part :
                 {request->uri(),
                  request->path(),
                  request->query(),
                  request->version(),
                  request->host(),
                  request->protocol()}) {
                body.append(" ").append(part);
            }
            body += " " + request->remote_ip() + " " + std::to_string(request->body().size()) +
                    " " + std::to_string(largest) + "\n" + request->body();
            exchange.send_response(200, "", {}, std::move(body));
        }
        httputil::HTTPConnection& exchange;
        std::optional<httputil::HTTPServerRequest> request;
        std::size_t largest = 0;
    };
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Request>(exchange);
    }
};

struct MirrorTest : testing::AsyncHTTPTestCase {
    App get_app() override { return std::make_shared<Mirror>(); }
    httpserver::HTTPServerOptions get_httpserver_options() override { return options; }

    std::string line(std::string_view request) {
        auto connection = connect();
        connection.send(request);
        const auto body = connection.read_response().body;
        return body.substr(0, body.find('\n'));
    }
    /// The status of the response, after which the server closes.
    std::string refusal(std::string_view request) {
        const testing::ExpectLog silent{tornado::log::gen_log(), "Malformed", {.required = false}};
        const auto raw = fetch_raw(request);
        return raw.substr(0, raw.find('\r'));
    }

    httpserver::HTTPServerOptions options;
};

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string header(const testing::HTTPResponse& response, std::string_view name) {
    return response.headers.get(name).value_or("(none)");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_server)

BOOST_FIXTURE_TEST_CASE(understands_a_request, MirrorTest) {
    BOOST_TEST(
        line("GET /a/b?c=d HTTP/1.1\r\nHost: example.com:81\r\n\r\n") ==
        "GET /a/b?c=d /a/b c=d HTTP/1.1 example.com:81 http 127.0.0.1 0 0"
    );
    BOOST_TEST(line("GET / HTTP/1.0\r\n\r\n") == "GET / /  HTTP/1.0 127.0.0.1 http 127.0.0.1 0 0");
    BOOST_TEST(
        line("GET http://b.org/x HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "GET http://b.org/x /x  HTTP/1.1 b.org http 127.0.0.1 0 0"
    );
    BOOST_TEST(
        line("GET //double//slash HTTP/1.1\r\nHost: a\r\n\r\n").find(" //double//slash ") !=
        std::string::npos
    );
    BOOST_TEST(line("\r\n" + get).starts_with("GET / "));
}

BOOST_FIXTURE_TEST_CASE(says_the_protocol_it_is_told, MirrorTest) {
    options.protocol = "https";
    BOOST_TEST(line(get).find(" https ") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(believes_a_trusted_proxy_by_the_proxy_protocol, MirrorTest) {
    options.proxy_protocol.trusted = {"127.0.0.1"};
    BOOST_TEST(
        line("PROXY TCP4 192.0.2.1 198.51.100.22 35646 80\r\n" + get) ==
        "GET / /  HTTP/1.1 a http 192.0.2.1 0 0"
    );
}

BOOST_FIXTURE_TEST_CASE(keeps_an_http_1_1_connection, MirrorTest) {
    auto connection = connect();
    for (int i = 0; i < 3; ++i) {
        connection.send(get);
        const auto response = connection.read_response();
        BOOST_TEST(response.code == 200);
        BOOST_TEST(header(response, "Connection") == "(none)");
    }
    BOOST_TEST(http_server().connection_count() == 1u);
    connection.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(header(connection.read_response(), "Connection") == "close");
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(reads_connection_as_a_list_in_any_case, MirrorTest) {
    auto connection = connect();
    connection.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n");
    BOOST_TEST(header(connection.read_response(), "Connection") == "close");
    auto old = connect();
    old.send("GET / HTTP/1.0\r\nConnection: Keep-Alive, Upgrade\r\n\r\n");
    BOOST_TEST(header(old.read_response(), "Connection") == "Keep-Alive");
    old.send("GET / HTTP/1.0\r\n\r\n");
    BOOST_TEST(header(old.read_response(), "Connection") == "close");
    BOOST_TEST(old.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(takes_lines_that_end_in_lf_alone, MirrorTest) {
    BOOST_TEST(line("GET /a HTTP/1.1\nHost: b\n\n").starts_with("GET /a /a  HTTP/1.1 b "));
}

BOOST_FIXTURE_TEST_CASE(refuses_lines_that_end_in_lf_alone_when_told_to, MirrorTest) {
    options.bare_lf = false;
    BOOST_TEST(line(get).starts_with("GET / "));
    for (const std::string request :
         {"GET /a HTTP/1.1\nHost: b\n\n",
          "GET /a HTTP/1.1\r\nHost: b\nX: c\r\n\r\n",
          "POST /a HTTP/1.1\r\nHost: b\r\nDummy: x\nContent-Length: 23\r\n\r\n",
          "GET /a HTTP/1.1\r\nHost: b\r\n\n"}) {
        BOOST_TEST(refusal(request).starts_with("HTTP/1.1 400 "), request);
    }
}

BOOST_FIXTURE_TEST_CASE(takes_a_blank_line_behind_a_request, MirrorTest) {
    auto connection = connect();
    for (int i = 0; i < 3; ++i) {
        connection.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n\r\n");
        BOOST_TEST(header(connection.read_response(), "Connection") == "Keep-Alive");
    }
}

/// What a client of a UNIX socket gets for a request.
std::string fetch_from_unix_socket(std::string_view request) {
    Mirror mirror;
    httpserver::HTTPServer server{mirror};
    const std::string name{"\0tornado-http-server-test", 25};
    auto listener = netutil::bind_unix_socket(name + std::to_string(::getpid()));
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(listener.fileno(), reinterpret_cast<sockaddr*>(&address), &size);
    server.add_socket(std::move(listener));
    netutil::Socket client{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    BOOST_REQUIRE(
        ::connect(client.fileno(), reinterpret_cast<const sockaddr*>(&address), size) == 0
    );
    return tornado::ioloop::IOLoop::current().run_sync([&]() -> Future<std::string> {
        iostream::IOStream stream{std::move(client)};
        co_await stream.write(std::string(request));
        co_return co_await stream.read_until_close();
    });
}

BOOST_AUTO_TEST_CASE(serves_unix_sockets) {
    const auto response = fetch_from_unix_socket("GET /hello HTTP/1.0\r\n\r\n");
    BOOST_TEST(response.starts_with("HTTP/1.1 200 OK\r\n"), response);
    BOOST_TEST(response.find("\r\n\r\nGET /hello /hello") != response.npos);
    BOOST_TEST(response.find(" http 0.0.0.0 0 0\n") != response.npos, response);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_malformed_from_unix_sockets_too) {
    const testing::ExpectLog expected{
        tornado::log::gen_log(),
        "Malformed HTTP message from",
        {.level = tornado::log::Level::info}};
    const auto response = fetch_from_unix_socket("garbage\r\n\r\n");
    BOOST_TEST(response.starts_with("HTTP/1.1 400 Bad Request\r\n"), response);
}

BOOST_FIXTURE_TEST_CASE(closes_after_each_response_when_told_to, MirrorTest) {
    options.no_keep_alive = true;
    auto connection = connect();
    connection.send(get);
    BOOST_TEST(header(connection.read_response(), "Connection") == "close");
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(answers_pipelined_requests, MirrorTest) {
    auto connection = connect();
    connection.send(get + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(connection.read_response().body.starts_with("GET / "));
    BOOST_TEST(connection.read_response().body.starts_with("GET /2 "));
}

BOOST_FIXTURE_TEST_CASE(closes_after_a_cancelled_keep_alive_although_requests_follow, MirrorTest) {
    const auto raw = fetch_raw("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get);
    BOOST_TEST(raw.find("HTTP/1.1 200", 1) == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(reads_counted_and_chunked_bodies, MirrorTest) {
    auto connection = connect();
    connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    connection.send("lo");
    BOOST_TEST(connection.read_response().body.ends_with("\nhello"));
    connection.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "4;ext=1\r\nfoob\r\n2\r\nar\r\n0\r\nTrailer-Field: x\r\n\r\n" +
        get
    );
    BOOST_TEST(connection.read_response().body.ends_with("\nfoobar"));
    BOOST_TEST(connection.read_response().code == 200);
}

BOOST_FIXTURE_TEST_CASE(reads_transfer_encoding_in_any_case, MirrorTest) {
    BOOST_TEST(
        line("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
            .ends_with(" 3 3")
    );
}

BOOST_FIXTURE_TEST_CASE(takes_a_connection_without_a_request, MirrorTest) {
    {
        auto connection = connect();
        connection.close();
    }
    BOOST_TEST(line(get).starts_with("GET / "));
}

BOOST_FIXTURE_TEST_CASE(hands_bodies_on_in_pieces_of_the_chunk_size, MirrorTest) {
    options.chunk_size = 16;
    BOOST_TEST(
        line("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'))
            .ends_with(" 100 16")
    );
}

BOOST_FIXTURE_TEST_CASE(sends_100_continue_when_asked, MirrorTest) {
    auto connection = connect();
    connection.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    );
    BOOST_TEST(connection.read_bytes(25) == "HTTP/1.1 100 Continue\r\n\r\n");
    connection.send("ab");
    BOOST_TEST(connection.read_response().body.ends_with("\nab"));
}

BOOST_FIXTURE_TEST_CASE(limits_bodies, MirrorTest) {
    options.max_body_size = 10;
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    BOOST_TEST(line(post + "Content-Length: 10\r\n\r\n0123456789").ends_with(" 10 10"));
    BOOST_TEST(refusal(post + "Content-Length: 11\r\n\r\n").starts_with("HTTP/1.1 413 "));
    BOOST_TEST(
        refusal(post + "Transfer-Encoding: chunked\r\n\r\nb\r\n").starts_with("HTTP/1.1 413 ")
    );
}

BOOST_FIXTURE_TEST_CASE(limits_bodies_by_the_buffer_unless_told_otherwise, MirrorTest) {
    options.max_buffer_size = 10;
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    BOOST_TEST(line(post + "Content-Length: 10\r\n\r\n0123456789").ends_with(" 10 10"));
    BOOST_TEST(refusal(post + "Content-Length: 11\r\n\r\n").starts_with("HTTP/1.1 413 "));
    options.max_body_size = 12;
    Mirror mirror;
    httpserver::HTTPServer server{mirror, options};
    server.listen(0, {.address = "127.0.0.1"});
    testing::RawConnection connection{*this, {"127.0.0.1", server.port()}};
    connection.send(post + "Content-Length: 11\r\n\r\n01234567890");
    BOOST_TEST(connection.read_response().body.ends_with("\n01234567890"));
}

BOOST_FIXTURE_TEST_CASE(serves_a_callback, MirrorTest) {
    httpserver::HTTPServer server{[](httputil::HTTPServerRequest& request) -> Future<void> {
        co_await tornado::gen::moment();
        request.connection().send_response(
            200, {}, {}, std::string{request.path()} + " " + request.body()
        );
    }};
    server.listen(0, {.address = "127.0.0.1"});
    testing::RawConnection connection{*this, {"127.0.0.1", server.port()}};
    for (const std::string path : {"/", "/a/b"}) {
        connection.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
        BOOST_TEST(connection.read_response().body == path + " hi");
    }
}

BOOST_FIXTURE_TEST_CASE(connect_to_a_callback_is_a_501_and_no_error_of_ours, MirrorTest) {
    httpserver::HTTPServer server{[](httputil::HTTPServerRequest& request) {
        request.connection().send_response(200, {}, {}, "Hello, world\n");
    }};
    server.listen(0, {.address = "127.0.0.1"});
    testing::RawConnection connection{*this, {"127.0.0.1", server.port()}};
    connection.send("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n");
    BOOST_TEST(connection.read_response("CONNECT").code == 501);
    connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(connection.read_response().body == "Hello, world\n");
}

BOOST_FIXTURE_TEST_CASE(
    a_malformed_form_for_a_callback_is_a_400_and_the_connection_goes_on,
    MirrorTest
) {
    httpserver::HTTPServer server{[](httputil::HTTPServerRequest& request) {
        request.connection().send_response(200, {}, {}, "fine");
    }};
    server.listen(0, {.address = "127.0.0.1"});
    testing::RawConnection connection{*this, {"127.0.0.1", server.port()}};
    const testing::ExpectLog expected{tornado::log::gen_log(), "POST / .*Invalid body"};
    connection.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data\r\n"
        "Content-Length: 2\r\n\r\nhi"
    );
    const auto refused = connection.read_response();
    BOOST_TEST(refused.code == 400);
    BOOST_TEST(header(refused, "Connection") == "(none)");
    connection.send(get);
    BOOST_TEST(connection.read_response().body == "fine");
}

BOOST_FIXTURE_TEST_CASE(limits_heads, MirrorTest) {
    options.max_header_size = 1024;
    BOOST_TEST(line("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(900, 'x') + "\r\n\r\n")
                   .starts_with("GET"));
    BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(1100, 'x') + "\r\n\r\n")
                   .starts_with("HTTP/1.1 431 "));
    BOOST_TEST(refusal("GET /" + std::string(1100, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n")
                   .starts_with("HTTP/1.1 414 "));
}

BOOST_FIXTURE_TEST_CASE(takes_sizes_of_zero_for_the_defaults, MirrorTest) {
    options.chunk_size = 0;
    options.max_header_size = 0;
    BOOST_TEST(line("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab").ends_with(" 2 2"));
}

BOOST_FIXTURE_TEST_CASE(gives_up_on_slow_requests, MirrorTest) {
    const testing::VirtualTime time{io_loop()};
    options.header_timeout = 1min;
    options.body_timeout = 2min;
    options.min_body_rate = 0;
    BOOST_TEST(refusal("GET / HTTP/1.1\r\n").starts_with("HTTP/1.1 408 "));
    BOOST_CHECK(time.elapsed() >= 1min);
    BOOST_CHECK(time.elapsed() < 1min + 2s);
    BOOST_TEST(refusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc")
                   .starts_with("HTTP/1.1 408 "));
    BOOST_CHECK(time.elapsed() >= 3min);
    BOOST_CHECK(time.elapsed() < 3min + 4s);
}

BOOST_FIXTURE_TEST_CASE(closes_idle_connections, MirrorTest) {
    const testing::VirtualTime time{io_loop()};
    options.idle_connection_timeout = 1h;
    auto used = connect();
    used.send(get);
    BOOST_TEST(used.read_response().code == 200);
    BOOST_TEST(used.read_until_close() == "");
    BOOST_CHECK(time.elapsed() >= 1h);
    BOOST_CHECK(time.elapsed() < 1h + 2s);
}

BOOST_FIXTURE_TEST_CASE(refuses_what_is_malformed, MirrorTest) {
    const std::pair<std::string, std::string> malformed[] = {
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", "400"},
        {"GET /\r\nHost: a\r\n\r\n", "400"},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"},
        {"GET / HTTP/1.1\r\nHost: a\r\nbad header: x\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nab", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
         "400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n", "400"}};
    for (const auto& [request, status] : malformed) {
        BOOST_TEST_INFO(request);
        BOOST_TEST(refusal(request).starts_with("HTTP/1.1 " + status + " "));
    }
}

BOOST_FIXTURE_TEST_CASE(logs_what_is_malformed, MirrorTest) {
    const testing::ExpectLog expected{
        tornado::log::gen_log(),
        "^Malformed HTTP message from 127.0.0.1: ",
        {.level = tornado::log::Level::info}};
    static_cast<void>(fetch_raw("nonsense\r\n\r\n"));
}

BOOST_FIXTURE_TEST_CASE(close_all_connections_closes_idle_and_busy_ones, MirrorTest) {
    auto idle = connect();
    idle.send(get);
    static_cast<void>(idle.read_response());
    auto busy = connect();
    busy.send("GET / HT");
    run([this]() -> Future<void> {
        while (http_server().connection_count() != 2) {
            co_await gen::sleep(1ms);
        }
    });
    http_server().stop();
    http_server().close_all_connections();
    BOOST_TEST(http_server().connection_count() == 0u);
    BOOST_TEST(idle.read_until_close() == "");
    BOOST_TEST(busy.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(
    a_client_that_leaves_while_a_callback_writes_is_no_error,
    testing::AsyncTestCase
) {
    const LogCapture logged;
    bool has_failed = false;
    httpserver::HTTPServer server{[&](httputil::HTTPServerRequest& request) -> Future<void> {
        auto& exchange = request.connection();
        const httputil::HTTPHeaders none;
        co_await exchange.write_headers(200, "", none, "a");
        while (!exchange.closed()) {
            co_await gen::sleep(1ms);
        }
        has_failed = true;
        co_await exchange.write("b");
    }};
    server.listen(0, {.address = "127.0.0.1"});
    testing::RawConnection{*this, {"127.0.0.1", server.port()}}.send(get);
    run([&]() -> Future<void> {
        while (!has_failed || server.connection_count() != 0) {
            co_await gen::sleep(1ms);
        }
    });
    BOOST_TEST(logged.count("Uncaught exception") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_callback_sees_the_trailers, testing::AsyncTestCase) {
    httpserver::HTTPServer server{[](httputil::HTTPServerRequest& request) {
        request.connection().send_response(
            200, {}, {}, request.trailers().get("Digest").value_or("none")
        );
    }};
    server.listen(0, {.address = "127.0.0.1"});
    testing::RawConnection connection{*this, {"127.0.0.1", server.port()}};
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.send(head + "1\r\na\r\n0\r\nDigest: x\r\n\r\n" + head + "0\r\n\r\n");
    BOOST_TEST(connection.read_response("POST").body == "x");
    BOOST_TEST(connection.read_response("POST").body == "none");
}

BOOST_FIXTURE_TEST_CASE(tells_where_it_is_to_be_found, testing::AsyncTestCase) {
    using netutil::Address;
    BOOST_TEST(httpserver::url_of(Address{"127.0.0.1", 80}) == "http://127.0.0.1:80");
    BOOST_TEST(httpserver::url_of(Address{"::1", 81}, "https") == "https://[::1]:81");
    BOOST_TEST(httpserver::url_of(Address{"0.0.0.0", 82}) == "http://localhost:82");
    BOOST_TEST(httpserver::url_of(Address{"::", 83}) == "http://localhost:83");
    BOOST_TEST(httpserver::url_of(Address::unix_path("/run/it")) == "unix:/run/it");

    Mirror mirror;
    httpserver::HTTPServer server{mirror};
    BOOST_TEST(server.url() == "");
    server.listen(0, {.address = "127.0.0.1"});
    BOOST_TEST(server.url() == "http://127.0.0.1:" + std::to_string(server.port()));
}

BOOST_AUTO_TEST_SUITE_END()
