#include <tornado/wsgi.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <string>

#include "../blocking_connection.hpp"
#include "../log_capture.hpp"
#include "fixture.hpp"

namespace {

std::string post(const std::string& path, const std::string& body) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

const std::string eight_in_chunks =
    "POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\n12345\r\n3\r\n678\r\n0\r\n\r\n";

/// Evaluates what the path names of this, with `f` for wsgi.input.
const std::string reader = R"(
def application(environ, start_response):
    f = environ["wsgi.input"]
    ways = {
        "/read": lambda: f.read(-1),
        "/pieces": lambda: [f.read(3), f.read(0), f.read(100), f.read(1)],
        "/line": lambda: [f.readline(), f.readline(2), f.readline(), f.readline(), f.readline()],
        "/lines": lambda: f.readlines(),
        "/hint": lambda: f.readlines(1),
        "/iterate": lambda: [line for line in f],
        "/length": lambda: (environ.get("CONTENT_LENGTH"), len(f.read(10 ** 9))),
        "/ignore": lambda: "ignored",
    }
    return text(start_response, repr(ways[environ["PATH_INFO"]]()))
)";

/// A request whose body the application begins to read only when no more of it is taken.
struct Upload {
    std::size_t size = std::size_t{64} * 1024 * 1024;
    std::size_t taken = 0;  ///< before that
    std::string response;
};

Upload upload_to(int port) {
    Upload upload;
    const auto socket = blocking_connection(port);
    const auto head =
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
        std::to_string(upload.size) + "\r\n\r\n";
    ::send(socket.fileno(), head.data(), head.size(), 0);
    const std::string piece(65'536, 'x');
    pollfd writable{socket.fileno(), POLLOUT, 0};
    std::size_t sent = 0;
    while (sent < upload.size) {
        if (upload.taken == 0 && ::poll(&writable, 1, 500) == 0) {
            upload.taken = sent;
            python("event('go on').set()");
        }
        const auto size = std::min(piece.size(), upload.size - sent);
        const int flags = upload.taken == 0 ? MSG_DONTWAIT : 0;
        const auto got = ::send(socket.fileno(), piece.data(), size, flags | MSG_NOSIGNAL);
        if (got < 0) {
            break;
        }
        sent += static_cast<std::size_t>(got);
    }
    std::array<char, 1024> buffer{};
    for (auto got = ::recv(socket.fileno(), buffer.data(), buffer.size(), 0); got > 0;
         got = ::recv(socket.fileno(), buffer.data(), buffer.size(), 0)) {
        upload.response.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return upload;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_body)

BOOST_FIXTURE_TEST_CASE(is_read_as_a_file, WSGITest) {
    serve(reader);
    auto client = connect();
    const auto ask = [&](const std::string& path, const std::string& body) {
        client.send(post(path, body));
        return client.read_response().body;
    };
    BOOST_TEST(ask("/read", "one\ntwo") == R"(b'one\ntwo')");
    BOOST_TEST(ask("/read", "") == "b''");
    BOOST_TEST(ask("/pieces", "abcdef") == "[b'abc', b'', b'def', b'']");
    BOOST_TEST(ask("/line", "one\ntwo\n\nfour") == R"([b'one\n', b'tw', b'o\n', b'\n', b'four'])");
    BOOST_TEST(ask("/lines", "one\ntwo\n\n") == R"([b'one\n', b'two\n', b'\n'])");
    BOOST_TEST(ask("/hint", "one\ntwo\n") == R"([b'one\n'])");
    BOOST_TEST(ask("/iterate", "one\ntwo") == R"([b'one\n', b'two'])");
    BOOST_TEST(ask("/length", "12345") == "('5', 5)");
    BOOST_TEST(ask("/ignore", "12345") == "'ignored'");
    client.send(get("/length"));
    BOOST_TEST(client.read_response().body == "(None, 0)");
}

BOOST_FIXTURE_TEST_CASE(without_line_ends_is_read_by_limited_lines_as_fast_as_by_pieces, WSGITest) {
    serve(R"(
import time
def application(environ, start_response):
    f = environ["wsgi.input"]
    def seconds(read):
        begun = time.thread_time()
        for _ in range(31_250):
            read(16)
        return time.thread_time() - begun
    return text(start_response, str(seconds(f.readline) < 10 * seconds(f.read)))
)");
    auto client = connect();
    client.send(post("/", std::string(1'000'000, 'z')));
    BOOST_TEST(client.read_response().body == "True");
}

BOOST_FIXTURE_TEST_CASE(has_passed_the_validator, WSGITest) {
    serve_validated(R"(
def application(environ, start_response):
    f = environ["wsgi.input"]
    body = [f.read(1), f.readline(), f.readlines(), list(f)]
    environ["wsgi.errors"].flush()
    return text(start_response, repr(body))
)");
    auto client = connect();
    client.send(post("/", "one\ntwo\nthree"));
    BOOST_TEST(client.read_response().body == R"([b'o', b'ne\n', [b'two\n', b'three'], []])");
}

BOOST_FIXTURE_TEST_CASE(of_chunks_has_a_length_when_it_fits, WSGITest) {
    serve(reader);
    auto client = connect();
    client.send(eight_in_chunks);
    BOOST_TEST(client.read_response().body == "('8', 8)");
}

BOOST_FIXTURE_TEST_CASE(that_does_not_fit_is_whole_and_has_a_length, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    f = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")
    pieces = [f.readline(), f.read(7)]
    rest = f.read()
    whole = b"".join(pieces) + rest
    as_sent = whole == b"".join(b"%d\n" % i for i in range(150000))
    return text(start_response, repr((length, len(whole), pieces, f.read(), as_sent)))
)",
        {.body_buffer = 100'000}
    );
    std::string body;
    for (int i = 0; i < 150'000; ++i) {
        body.append(std::to_string(i)).append("\n");
    }
    const auto size = std::to_string(body.size());
    const auto expected = "('" + size + "', " + size + R"(, [b'0\n', b'1\n2\n3\n4'], b'', True))";
    auto client = connect();
    client.send(post("/", body));
    BOOST_TEST(client.read_response().body == expected);
    // In chunks, so that nobody has announced a length.
    std::string chunks = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t from = 0; from < body.size(); from += 0x8000) {
        const auto piece = body.substr(from, 0x8000);
        std::array<char, 16> digits{};
        auto* const end =
            std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
        chunks.append(digits.data(), end).append("\r\n").append(piece).append("\r\n");
    }
    client.send(chunks + "0\r\n\r\n");
    BOOST_TEST(client.read_response().body == expected);
}

BOOST_FIXTURE_TEST_CASE(of_unknown_length_is_gathered_even_where_bodies_stream, WSGITest) {
    serve(reader, {.body_buffer = 4, .stream_bodies = true});
    auto client = connect();
    client.send(eight_in_chunks);
    BOOST_TEST(client.read_response().body == "('8', 8)");
}

BOOST_FIXTURE_TEST_CASE(that_comes_too_slowly_while_it_is_read_raises, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    try:
        environ["wsgi.input"].read()
    except OSError as error:
        event(str(error)).set()
        raise
)",
        {.body_buffer = 1, .client_timeout = std::chrono::milliseconds{20}, .stream_bodies = true}
    );
    const LogCapture logged;
    auto client = connect();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabc");
    wait_for_event("the client sends its request too slowly");
}

BOOST_FIXTURE_TEST_CASE(comes_while_it_is_read_when_it_does_not_fit, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    f = environ["wsgi.input"]
    first = f.read(10)
    event("first").set()
    rest = f.read()
    return text(start_response, repr((first, len(rest), rest[-3:])))
)",
        {.body_buffer = 4, .stream_bodies = true}
    );
    auto client = connect();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100003\r\n\r\n0123456789");
    wait_for_event("first");
    client.send(std::string(99'990, 'x') + "end");
    BOOST_TEST(client.read_response().body == "(b'0123456789', 99993, b'end')");
    client.send(post("/", "abc"));
    BOOST_TEST(client.read_response().body == "(b'abc', 0, b'')");
}

BOOST_FIXTURE_TEST_CASE(that_nobody_reads_lets_no_more_in, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    event("go on").wait(60)
    size = 0
    while piece := environ["wsgi.input"].read(1 << 20):
        size += len(piece)
    return text(start_response, str(size))
)",
        {.body_buffer = 65'536, .stream_bodies = true}
    );
    const int port = get_http_port();
    Upload upload;
    run([&] { return io_loop().run_in_executor([&] { upload = upload_to(port); }); },
        std::chrono::seconds{60});
    BOOST_TEST(upload.taken > 65'536U);
    BOOST_TEST(upload.taken < upload.size / 2);  // what sockets hold, and no more
    BOOST_TEST(upload.response.ends_with("\r\n\r\n" + std::to_string(upload.size)));
}

BOOST_FIXTURE_TEST_CASE(a_slow_client_holds_no_thread, WSGITest) {
    serve(reader, {.body_buffer = 2, .threads = 1});  // most of it goes to the file
    auto slow = connect();
    slow.send("POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabc");
    BOOST_TEST(fetch("/ignore").body == "'ignored'");
    slow.send("def");
    BOOST_TEST(slow.read_response().body == "b'abcdef'");
}

BOOST_FIXTURE_TEST_CASE(of_a_client_that_goes_early_calls_nobody, WSGITest) {
    serve(R"(
called = []
def application(environ, start_response):
    called.append(environ["PATH_INFO"])
    return text(start_response, repr(called))
)");
    {
        auto client = connect();
        client.send("POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabc");
        client.close();
    }
    BOOST_TEST(fetch("/").body == "['/']");
    BOOST_TEST(fetch("/").body == "['/', '/']");  // and the end of the other one has been seen
}

BOOST_FIXTURE_TEST_CASE(of_a_client_that_goes_while_it_is_read_raises, WSGITest) {
    serve(
        R"(
seen = []
def application(environ, start_response):
    if environ["PATH_INFO"] == "/seen":
        return text(start_response, repr(seen))
    try:
        event("reading").set()
        environ["wsgi.input"].read()
    except OSError as error:
        seen.append(type(error).__name__)
        event("raised").set()
        raise
)",
        {.body_buffer = 1, .stream_bodies = true}
    );
    const LogCapture logged;
    auto client = connect();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabc");
    wait_for_event("reading");
    client.close();
    wait_for_event("raised");
    BOOST_TEST(fetch("/seen").body == "['ConnectionResetError']");
    BOOST_TEST(logged.count("Uncaught") == 0);
}

BOOST_FIXTURE_TEST_CASE(can_be_left_unread, WSGITest) {
    serve(reader, {.body_buffer = 1024, .stream_bodies = true});
    auto client = connect();
    client.send(
        "POST /ignore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n" +
        std::string(100'000, 'x')
    );
    BOOST_TEST(client.read_response().body == "'ignored'");
    BOOST_TEST(fetch("/ignore").body == "'ignored'");
}

BOOST_FIXTURE_TEST_CASE(is_for_its_request_alone, WSGITest) {
    serve(R"(
kept = []
def application(environ, start_response):
    if environ["PATH_INFO"] == "/keep":
        kept.append((environ["wsgi.input"], start_response))
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        kept.append(write)
        return [b"kept"]
    said = []
    for call in (lambda: kept[0][0].read(), lambda: kept[0][1]("200 OK", []), lambda: kept[1](b"x")):
        try:
            call()
        except (ValueError, RuntimeError) as error:
            said.append(str(error))
    return text(start_response, "\n".join(said))
)");
    BOOST_TEST(fetch("/keep").body == "kept");
    BOOST_TEST(
        fetch("/").body ==
        "wsgi.input can be read only during its request\n"
        "start_response() and write() can be called only during their request\n"
        "start_response() and write() can be called only during their request"
    );
}

BOOST_AUTO_TEST_SUITE_END()
