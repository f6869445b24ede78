#include <tornado/wsgi_application.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tornado/gen.hpp>
#include <tornado/iostream.hpp>
#include <tornado/websocket.hpp>
#include <utility>
#include <vector>

#include "../log_capture.hpp"
#include "../temporary_folder.hpp"

namespace gen = tornado::gen;
namespace web = tornado::web;
namespace websocket = tornado::websocket;
namespace wsgi = tornado::wsgi;
using tornado::Future;

namespace {

using namespace std::chrono_literals;

struct HelloHandler : web::RequestHandler {
    void get() { write("Hello world!"); }
    void head() { get(); }
};

struct PathHandler : web::RequestHandler {
    void get(const std::string& path) { write(path); }
};

/// Says what came with the request.
struct EchoHandler : web::RequestHandler {
    void get() {
        write(get_query_argument("foo") + "|" + get_cookie("foo").value_or("") + "|");
        write(std::string{request().host()} + "|" + request().remote_ip() + "|");
        write(std::string{request().protocol()});
    }
    void post() { write(get_body_argument("foo") + "|" + request().body()); }
};

struct StreamHandler : web::RequestHandler {
    void data_received(std::string_view piece) { sizes += std::to_string(piece.size()) + " "; }
    void put() { write(sizes); }
    std::string sizes;
};

struct ReadyHandler : web::RequestHandler {
    Future<void> get() {
        co_await gen::moment();
        auto called = run();
        write(std::to_string(co_await called));
    }
    static Future<int> run() {
        auto on_executor = tornado::ioloop::IOLoop::current().run_in_executor([] { return 40; });
        const int forty = co_await on_executor;
        co_return forty + 2;
    }
};

struct SleepHandler : web::RequestHandler {
    Future<void> get() {
        co_await gen::sleep(1s);
        write("not reached");
    }
};

struct FlushHandler : web::RequestHandler {
    Future<void> get() {
        write("one");
        co_await flush();
        write("two");
    }
};

struct RaisingHandler : web::RequestHandler {
    void get() { throw std::runtime_error{"oh"}; }
};

struct SilentHandler : web::RequestHandler {
    void get() { set_status(204); }
};

struct DetachingHandler : web::RequestHandler {
    void get() { detach(); }
};

struct SocketHandler : websocket::WebSocketHandler {
    void on_message(websocket::MessageView) {}
};

struct CountHandler : web::RequestHandler {
    explicit CountHandler(std::shared_ptr<int> counter) : count{std::move(counter)} {}
    void get() { write(std::to_string(++*count)); }
    std::shared_ptr<int> count;
};

/// Awaits much, and all of it is ready.
struct PatientHandler : web::RequestHandler {
    Future<void> get() {
        for (int i = 0; i < 1000; ++i) {
            co_await gen::moment();
        }
        write("patient");
    }
};

/// Waits, and does not heed that it is cancelled.
struct StubbornHandler : web::RequestHandler {
    Future<void> get() {
        while (true) {
            try {
                co_await gen::sleep(1s);
            } catch (const tornado::CancelledError&) {
                ++cancelled;
            }
        }
    }
    static inline int cancelled = 0;
};

std::vector<std::string> what_ran;

/// Puts something off.
struct LaterHandler : web::RequestHandler {
    void get(const std::string& name) {
        auto& loop = tornado::ioloop::IOLoop::current();
        loop.add_callback([name] { what_ran.push_back(name); });
        loop.call_later(name == "soon" ? 0s : 1h, [name] {
            what_ran.push_back(name + " timeout");
        });
        write(name);
    }
};

struct EndlessHandler : web::RequestHandler {
    void get() {
        go_on();
        write("answered");
    }
    static void go_on() { tornado::ioloop::IOLoop::current().add_callback(&go_on); }
};

/// Answers before the body has come.
struct EarlyHandler : web::RequestHandler {
    void prepare() {
        set_status(401);
        finish("not you");
    }
    void data_received(std::string_view) {}
    void put() {}
};

std::string static_folder;

std::unique_ptr<web::Application> make_application() {
    web::ApplicationSettings settings;
    settings.static_path = static_folder;
    return std::make_unique<web::Application>(
        std::vector{
            web::url<HelloHandler>("/"),
            web::url<PathHandler>("/path/(.*)"),
            web::url<EchoHandler>("/echo"),
            web::url<StreamHandler>("/stream"),
            web::url<ReadyHandler>("/ready"),
            web::url<SleepHandler>("/sleep"),
            web::url<FlushHandler>("/flush"),
            web::url<PatientHandler>("/patient"),
            web::url<StubbornHandler>("/stubborn"),
            web::url<LaterHandler>("/later/(.*)"),
            web::url<EndlessHandler>("/endless"),
            web::url<EarlyHandler>("/early"),
            web::url<RaisingHandler>("/raise"),
            web::url<SilentHandler>("/silent"),
            web::url<DetachingHandler>("/detach"),
            web::url<SocketHandler>("/socket"),
            web::url<CountHandler>("/count", std::make_shared<int>(0))},
        std::move(settings)
    );
}

/// All of a response's body.
std::string read_all(wsgi::WSGIResponse& response) {
    auto all = response.body;
    for (auto& file : response.files) {
        while (file.size() != 0) {
            all += file.read(65'536);
        }
    }
    return all;
}

struct Site {
    Site() { static_folder = folder.path(); }

    wsgi::WSGIRequest request(const std::string& target, const std::string& method = "GET") {
        wsgi::WSGIRequest made;
        made.method = method;
        made.target = target;
        made.headers.add("Host", "example.com:8000");
        made.remote_ip = "192.0.2.1";
        return made;
    }
    wsgi::WSGIResponse get(const std::string& target) { return application(request(target)); }
    wsgi::WSGIResponse
    send(const std::string& target, const std::string& method, std::string body) {
        auto made = request(target, method);
        made.headers.add("Content-Type", "application/x-www-form-urlencoded");
        made.headers.add("Content-Length", std::to_string(body.size()));
        made.read_body = [body = std::move(body)](std::size_t most) mutable {
            const auto piece = body.substr(0, most);
            body.erase(0, most);
            return piece;
        };
        return application(std::move(made));
    }

    TemporaryFolder folder;
    wsgi::WSGIApplication application{&make_application};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(wsgi_application, Site)

BOOST_AUTO_TEST_CASE(serves_a_request) {
    const auto response = get("/");
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.reason == "OK");
    BOOST_TEST(response.body == "Hello world!");
    BOOST_TEST(response.headers.get("Content-Length").value_or("") == "12");
    BOOST_TEST(response.headers.get("Content-Type").value_or("") == "text/html; charset=UTF-8");
    BOOST_TEST(get("/nowhere").status == 404);
}

BOOST_AUTO_TEST_CASE(decodes_the_path) {
    BOOST_TEST(get("/path/foo%20bar%C3%A9").body == "foo bar\xc3\xa9");
}

BOOST_AUTO_TEST_CASE(knows_all_of_the_request) {
    auto made = request("/echo?foo=bar");
    made.headers.add("Cookie", "foo=biscuit");
    made.protocol = "https";
    BOOST_TEST(application(std::move(made)).body == "bar|biscuit|example.com:8000|192.0.2.1|https");
    BOOST_TEST(send("/echo", "POST", "foo=bar").body == "bar|foo=bar");
}

BOOST_AUTO_TEST_CASE(streams_a_body_to_those_who_want_it_so) {
    BOOST_TEST(send("/stream", "PUT", std::string(100'000, 'x')).body == "65536 34464 ");
}

BOOST_AUTO_TEST_CASE(to_head_has_no_body) {
    const auto response = application(request("/", "HEAD"));
    BOOST_TEST(response.body.empty());
    BOOST_TEST(response.headers.get("Content-Length").value_or("") == "12");
}

BOOST_AUTO_TEST_CASE(without_a_body_has_none) {
    const auto response = get("/silent");
    BOOST_TEST(response.status == 204);
    BOOST_TEST(response.body.empty());
    BOOST_TEST(!response.headers.contains("Content-Length"));
}

BOOST_AUTO_TEST_CASE(answers_conditional_requests) {
    auto made = request("/");
    made.headers.add("If-None-Match", get("/").headers.get("Etag").value());
    const auto response = application(std::move(made));
    BOOST_TEST(response.status == 304);
    BOOST_TEST(response.body.empty());
}

BOOST_AUTO_TEST_CASE(coroutines_await_what_is_ready) {
    const auto response = get("/ready");
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.body == "42");
}

BOOST_AUTO_TEST_CASE(serves_static_files) {
    write_file(folder.path() + "/page.txt", std::string(200'000, 'p'));
    auto response = get("/static/page.txt");
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.headers.get("Content-Length").value_or("") == "200000");
    BOOST_TEST(response.body.empty());  // it is not read before it is wanted
    BOOST_TEST(read_all(response) == std::string(200'000, 'p'));
    auto part = request("/static/page.txt");
    part.headers.add("Range", "bytes=0-9");
    const auto ranged = application(std::move(part));
    BOOST_TEST(ranged.status == 206);
    BOOST_TEST(ranged.body == "pppppppppp");
    BOOST_TEST(application(request("/static/page.txt", "HEAD")).files.empty());
    BOOST_TEST(get("/static/none.txt").status == 404);
}

BOOST_AUTO_TEST_CASE(a_file_that_becomes_shorter_or_goes_is_told_or_kept) {
    write_file(folder.path() + "/page.txt", std::string(200'000, 'p'));
    auto gone = get("/static/page.txt");
    std::filesystem::remove(folder.path() + "/page.txt");
    BOOST_TEST(read_all(gone).size() == 200'000U);
    write_file(folder.path() + "/shorter.txt", std::string(200'000, 'p'));
    auto shorter = get("/static/shorter.txt");
    std::filesystem::resize_file(folder.path() + "/shorter.txt", 100'000);
    BOOST_CHECK_THROW(read_all(shorter), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(answers_500_for_what_a_handler_throws) {
    const LogCapture logged;
    BOOST_TEST(get("/raise").status == 500);
    BOOST_TEST(logged.count("oh") >= 1);
    BOOST_TEST(get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(refuses_to_await_what_is_not_ready) {
    const LogCapture logged;
    BOOST_TEST(get("/sleep").status == 500);
    BOOST_TEST(logged.count("/sleep: the handler awaits something that is not ready") == 1);
    BOOST_TEST(get("/").body == "Hello world!");
}

BOOST_AUTO_TEST_CASE(refuses_to_flush) {
    const LogCapture logged;
    const auto response = get("/flush");
    BOOST_TEST(response.status == 500);
    BOOST_TEST(response.body.find("one") == std::string::npos);
    BOOST_TEST(logged.count("flush() before finish() needs a loop") == 1);
    BOOST_TEST(get("/").body == "Hello world!");
}

BOOST_AUTO_TEST_CASE(refuses_what_takes_the_connection) {
    const LogCapture logged;
    BOOST_TEST(get("/detach").status == 500);
    BOOST_TEST(logged.count("this exchange has no connection of its own") == 1);
    auto made = request("/socket");
    made.headers.add("Connection", "Upgrade");
    made.headers.add("Upgrade", "websocket");
    made.headers.add("Sec-WebSocket-Version", "13");
    made.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    BOOST_TEST(application(std::move(made)).status == 501);
    BOOST_TEST(logged.count("a WebSocket needs a loop") == 1);
    auto page = request("/");  // which need not heed it
    page.headers.add("Connection", "Upgrade");
    page.headers.add("Upgrade", "websocket");
    BOOST_TEST(application(std::move(page)).body == "Hello world!");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_request) {
    const LogCapture logged;
    BOOST_TEST(application(request("/ HTTP/1.1\r\nX: y\r\n\r\nGET /")).status == 400);
    BOOST_TEST(application(request("/", "G T")).status == 400);
    BOOST_TEST(application(request("path")).status == 400);
    wsgi::WSGIRequest without_host;
    BOOST_TEST(application(std::move(without_host)).status == 400);
    BOOST_TEST(logged.count("400 G T / (") == 1);
    BOOST_TEST(logged.count("400 GET path (") == 1);
}

BOOST_AUTO_TEST_CASE(hands_on_what_reading_the_body_throws) {
    auto made = request("/echo", "POST");
    made.read_body = [](std::size_t) -> std::string { throw std::runtime_error{"gone"}; };
    BOOST_CHECK_THROW(static_cast<void>(application(std::move(made))), std::runtime_error);
    BOOST_TEST(get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(each_thread_has_an_application_of_its_own) {
    BOOST_TEST(get("/count").body == "1");
    BOOST_TEST(get("/count").body == "2");
    std::string others;
    std::thread{[&] { others = get("/count").body; }}.join();
    BOOST_TEST(others == "1");
    BOOST_TEST(get("/count").body == "3");
}

BOOST_AUTO_TEST_CASE(a_nested_call_that_is_refused_leaves_the_outer_one_its_application) {
    const LogCapture logged;
    auto outer = request("/stream", "PUT");
    outer.read_body = [this, pieces = 0](std::size_t) mutable -> std::string {
        if (++pieces == 2) {
            BOOST_TEST(get("/stubborn").status == 500);  // its application has to go
            BOOST_TEST(get("/").body == "Hello world!");
        }
        return pieces <= 3 ? "piece" : "";
    };
    BOOST_TEST(application(std::move(outer)).body == "5 5 5 ");
    BOOST_TEST(logged.count("awaits something that is not ready") == 1);
}

BOOST_AUTO_TEST_CASE(calls_may_be_nested_while_bodies_are_read) {
    std::vector<std::string> answers;
    auto outer = request("/stream", "PUT");
    outer.read_body = [&, done = false](std::size_t) mutable -> std::string {
        if (std::exchange(done, true)) {
            return "";
        }
        answers.push_back(send("/stream", "PUT", "inner").body);
        return "the outer one";
    };
    BOOST_TEST(application(std::move(outer)).body == "13 ");
    BOOST_TEST(answers == std::vector<std::string>{"5 "});
}

BOOST_AUTO_TEST_CASE(keeps_its_application_when_a_handler_waits_or_a_client_goes) {
    const LogCapture logged;
    BOOST_TEST(get("/count").body == "1");
    BOOST_TEST(get("/sleep").status == 500);
    BOOST_TEST(get("/count").body == "2");
    auto broken = request("/stream", "PUT");
    broken.read_body = [](std::size_t) -> std::string { throw std::runtime_error{"gone"}; };
    BOOST_CHECK_THROW(static_cast<void>(application(std::move(broken))), std::runtime_error);
    BOOST_TEST(get("/count").body == "3");
}

BOOST_AUTO_TEST_CASE(a_handler_that_cannot_be_cancelled_goes_with_its_application) {
    const LogCapture logged;
    const auto before = StubbornHandler::cancelled;
    BOOST_TEST(get("/count").body == "1");
    BOOST_TEST(get("/stubborn").status == 500);
    BOOST_TEST(StubbornHandler::cancelled > before);
    BOOST_TEST(get("/count").body == "1");
}

BOOST_AUTO_TEST_CASE(coroutines_await_what_is_ready_as_often_as_they_like) {
    BOOST_TEST(get("/patient").body == "patient");
}

BOOST_AUTO_TEST_CASE(what_is_put_off_runs_in_no_other_request) {
    what_ran.clear();
    BOOST_TEST(get("/later/soon").body == "soon");
    BOOST_TEST(what_ran == (std::vector<std::string>{"soon", "soon timeout"}));
    what_ran.clear();
    BOOST_TEST(get("/later/late").body == "late");
    BOOST_TEST(get("/sleep").status == 500);
    BOOST_TEST(what_ran == std::vector<std::string>{"late"});
}

BOOST_AUTO_TEST_CASE(callbacks_without_end_keep_no_response) {
    const LogCapture logged;
    BOOST_TEST(get("/endless").body == "answered");
    BOOST_TEST(logged.count("go on for ever") == 1);
}

BOOST_AUTO_TEST_CASE(an_early_answer_stands_and_the_rest_of_the_body_is_not_read) {
    int pieces = 0;
    auto made = request("/early", "PUT");
    made.read_body = [&](std::size_t most) {
        ++pieces;
        return std::string(most, 'x');
    };
    const auto response = application(std::move(made));
    BOOST_TEST(response.status == 401);
    BOOST_TEST(response.body == "not you");
    BOOST_TEST(pieces == 0);
}

BOOST_AUTO_TEST_CASE(leaves_the_threads_loop_as_it_was) {
    tornado::ioloop::IOLoop loop;
    loop.make_current();
    for (const std::string path : {"/ready", "/ready", "/sleep"}) {
        get(path);
        BOOST_TEST(&tornado::ioloop::IOLoop::current() == &loop);
    }
}

BOOST_AUTO_TEST_SUITE_END()
