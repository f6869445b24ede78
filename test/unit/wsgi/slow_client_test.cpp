#include <tornado/wsgi.hpp>

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <tornado/gen.hpp>
#include <utility>
#include <vector>

#include "../blocking_connection.hpp"
#include "../log_capture.hpp"
#include "../peak_memory.hpp"
#include "../temporary_folder.hpp"
#include "fixture.hpp"

namespace {

using namespace std::chrono_literals;

/// All that comes to a client that takes so many bytes every few milliseconds.
std::string read_slowly_from(int port, std::size_t bytes) {
    const auto socket = blocking_connection(port);
    const std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    ::send(socket.fileno(), request.data(), request.size(), 0);
    std::string all;
    std::string piece(bytes, '\0');
    while (true) {
        const auto got = ::recv(socket.fileno(), piece.data(), piece.size(), MSG_WAITALL);
        if (got <= 0) {
            return all;
        }
        all.append(piece, 0, static_cast<std::size_t>(got));
        std::this_thread::sleep_for(5ms);
    }
}

struct SlowClientTest : WSGITest {
    std::string read_slowly(std::size_t bytes) {
        const int port = get_http_port();
        std::string all;
        const auto read = [&all, port, bytes] { all = read_slowly_from(port, bytes); };
        run([&] { return io_loop().run_in_executor(read); }, 60s);
        return all;
    }
};

/// Stands in the way of whoever logs `text`, until it is let go.
class StuckLog : public tornado::log::Handler {
public:
    explicit StuckLog(std::string text) : text_{std::move(text)} {}
    void emit(const tornado::log::Record& record) override {
        if (record.message.find(text_) != std::string::npos) {
            stuck_.set_value();
            released_.get_future().wait_for(60s);
        }
    }
    void wait_until_stuck() { stuck_.get_future().wait_for(60s); }
    void release() { released_.set_value(); }

private:
    std::string text_;
    std::promise<void> stuck_;
    std::promise<void> released_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(slow_client)

BOOST_FIXTURE_TEST_CASE(that_stops_makes_a_generator_wait, WSGITest) {
    serve(R"(
produced = [0]
def application(environ, start_response):
    if environ["PATH_INFO"] == "/produced":
        return text(start_response, str(produced[0]))
    def body():
        try:
            for i in range(4000):
                produced[0] += 1
                yield b"x" * 65536
        finally:
            event("closed").set()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return body()
)");
    auto client = connect();
    client.send(get("/"));
    BOOST_TEST(stand_still("/produced") < 1000);  // of 4000: what sockets hold, and no more
    client.close();
    wait_for_event("closed");  // the thread that waited is free
}

BOOST_FIXTURE_TEST_CASE(that_takes_nothing_frees_its_thread, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    def body():
        try:
            while True:
                yield b"x" * 65536
        finally:
            event("closed").set()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return body()
)",
        {.client_timeout = std::chrono::milliseconds{20}, .threads = 1}
    );
    const LogCapture logged;
    auto client = connect();
    client.send(get("/"));
    wait_for_event("closed");
    BOOST_TEST(logged.count("takes its response too slowly") == 1);
}

BOOST_FIXTURE_TEST_CASE(that_takes_nothing_is_logged_before_it_takes_more, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        while True:
            yield b"x" * 100_000
    finally:
        event("closed").set()
)",
        {.client_timeout = 20ms, .threads = 1}
    );
    const LogCapture logged;
    auto client = connect();
    client.send(get("/"));
    wait_for_event("closed");
    for (int i = 0; i < 1000 && logged.count(", broken off") == 0; ++i) {
        run([] { return tornado::gen::sleep(10ms); });
    }
    BOOST_TEST(logged.count(", broken off") == 1);
}

BOOST_FIXTURE_TEST_CASE(that_goes_on_gets_all_of_a_long_piece, SlowClientTest) {
    serve(
        R"(
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"x" * 40_000_000
    yield b"y"
)",
        {.client_timeout = 1s, .threads = 1}
    );
    const LogCapture logged;
    const auto all = read_slowly(131'072);
    BOOST_TEST(all.ends_with("x\r\n1\r\ny\r\n0\r\n\r\n"));
    BOOST_TEST(logged.count("too slowly") == 0);
}

BOOST_FIXTURE_TEST_CASE(does_not_stop_the_loop_where_the_log_takes_no_more, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/":
        return [b"served"]
    return iter([b"x" * 65536] * 1000)
)",
        {.client_timeout = 20ms, .threads = 2}
    );
    const auto log = std::make_shared<StuckLog>("takes its response too slowly");
    tornado::log::add_handler(log);
    auto client = connect();
    client.send(get("/slow"));
    static_cast<void>(client.read_bytes(1));
    run([&] { return io_loop().run_in_executor([log] { log->wait_until_stuck(); }); });
    client.reset();
    BOOST_TEST(fetch("/").body == "served");
    log->release();
    tornado::log::remove_handler(log);
}

BOOST_FIXTURE_TEST_CASE(of_a_list_or_a_file_holds_no_thread, WSGITest) {
    const TemporaryFolder folder;
    const auto path = folder.path() + "/file";
    std::ofstream{path}.close();
    std::filesystem::resize_file(path, 500'000'000);
    serve(
        "path = '" + path + R"('
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/file":
        return environ["wsgi.file_wrapper"](open(path, "rb"))
    return [b"x" * 4_000_000] * (2 if environ["PATH_INFO"] == "/list" else 0)
)",
        {.threads = 1}
    );
    for (const std::string name : {"/file", "/list"}) {
        const auto before = peak_memory();
        auto client = connect();
        client.send(get(name));
        static_cast<void>(client.read_bytes(1));
        BOOST_TEST(fetch("/").code == 200);
        BOOST_TEST(peak_memory() - before < 100'000'000U);
    }
}

BOOST_FIXTURE_TEST_CASE(has_its_part_of_the_memory_and_no_more, WSGITest) {
    serve(
        R"(
large = b"x" * 15_000_000
def application(environ, start_response):
    if environ["PATH_INFO"] == "/small":
        return text(start_response, "small")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(large)))])
    return [large] if environ["PATH_INFO"] == "/list" else iter([large])
)",
        {.client_timeout = 20ms, .threads = 1}
    );
    for (const std::string path : {"/list", "/piece"}) {
        const LogCapture logged;
        const auto is_slow = [&] { return logged.count("takes its response too slowly") != 0; };
        std::vector<tornado::testing::RawConnection> clients;
        for (int i = 0; i < 4; ++i) {
            clients.push_back(connect());
            clients.back().send(get(path));
            static_cast<void>(clients.back().read_bytes(1));
        }
        BOOST_TEST(fetch("/small").body == "small");
        BOOST_TEST(!is_slow());
        clients.push_back(connect());
        clients.back().send(get(path));
        for (int i = 0; i < 1000 && !is_slow(); ++i) {
            run([] { return tornado::gen::sleep(10ms); });
        }
        BOOST_TEST(is_slow());
        for (auto& client : clients) {
            client.reset();
        }
        while (http_server().connection_count() != 0) {
            run([] { return tornado::gen::sleep(10ms); });
        }
        // What they have left lying is gone.
        BOOST_TEST(fetch(path).body.size() == 15'000'000U);
    }
}

BOOST_FIXTURE_TEST_CASE(gets_a_list_of_more_than_memory_bears_piece_by_piece, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"x" * 1_000_000] * (1000 if environ["PATH_INFO"] == "/large" else 2)
)",
        {.threads = 1}
    );
    const auto before = peak_memory();
    auto client = connect();
    client.send(get("/large"));
    const auto begun = client.read_bytes(1'000'000);
    BOOST_TEST(begun.find("Content-Length: 1000000000\r\n") != begun.npos);
    client.reset();
    BOOST_TEST(fetch("/").body.size() == 2'000'000U);
    BOOST_TEST(peak_memory() - before < 300'000'000U);
    client = connect();
    client.send("HEAD /large HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/"));
    const auto head = client.read_response("HEAD");
    BOOST_TEST(head.headers.get("Content-Length").value_or("") == "1000000000");
    BOOST_TEST(client.read_response().body.size() == 2'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()
