#include <tornado/wsgi.hpp>

#include <string>

#include <boost/test/data/test_case.hpp>

#include "../log_capture.hpp"
#include "fixture.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(response)

BOOST_FIXTURE_TEST_CASE(has_the_applications_status_and_headers, WSGITest) {
    serve_validated(R"(
def application(environ, start_response):
    return text(start_response, "x", "418 I'm a teapot", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
)");
    const auto response = fetch("/");
    BOOST_TEST(response.code == 418);
    BOOST_TEST(response.reason == "I'm a teapot");
    BOOST_TEST(response.headers.get_list("Set-Cookie").size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(without_a_content_type_has_none, WSGITest) {
    serve(R"(
def application(environ, start_response):
    start_response("200 OK", [])
    return [b"<p>what it is, who knows"]
)");
    const auto response = fetch("/");
    BOOST_TEST(response.code == 200);
    BOOST_TEST(!response.headers.contains("Content-Type"));
}

BOOST_FIXTURE_TEST_CASE(streams_what_is_yielded, WSGITest) {
    serve_validated(R"(
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first"
    event("go on").wait(60)
    yield b""
    yield b" second"
)");
    auto client = connect();
    client.send(get("/"));
    const auto begun = client.read_bytes(1);
    BOOST_TEST(begun.find("first") != begun.npos);
    set_event("go on");
    client.send(get("/"));
    BOOST_TEST(begun.find("Transfer-Encoding: chunked") != begun.npos);
    BOOST_TEST(client.read_bytes(1).find(" second") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_generator_goes_on_behind_its_last_byte, WSGITest) {
    serve(R"(
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    yield b"on"
    yield b"ce"
    event("behind").set()
    if environ["PATH_INFO"] == "/more":
        try:
            yield b"more"
        finally:
            event("closed").set()
)");
    BOOST_TEST(fetch("/").body == "once");
    wait_for_event("behind");
    const LogCapture logged;
    BOOST_TEST(fetch("/more").body == "once");
    wait_for_event("closed");
    BOOST_TEST(logged.count("longer than its Content-Length of 4 bytes") == 1);
}

BOOST_FIXTURE_TEST_CASE(takes_what_write_is_given, WSGITest) {
    serve_validated(R"(
def application(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"one ")
    write(b"two ")
    return [b"three"]
)");
    BOOST_TEST(fetch("/").body == "one two three");
}

BOOST_FIXTURE_TEST_CASE(of_several_pieces_in_a_list_has_a_length, WSGITest) {
    serve(R"(
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one ", b"", b"two"]
)");
    const auto response = fetch("/");
    BOOST_TEST(response.body == "one two");
    BOOST_TEST(response.headers.get("Content-Length").value() == "7");
}

BOOST_FIXTURE_TEST_CASE(closes_the_iterable_in_any_case, WSGITest) {
    serve_validated(R"(
closed = []
class Body:
    def __init__(self, name):
        self.name = name
        self.left = 3
    def __iter__(self):
        return self
    def __next__(self):
        self.left -= 1
        if self.name == "/raise" and self.left == 1:
            raise ValueError("half-way")
        if self.left < 0:
            raise StopIteration
        return b"x"
    def close(self):
        closed.append(self.name)

def application(environ, start_response):
    if environ["PATH_INFO"] == "/closed":
        return text(start_response, repr(closed))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Body(environ["PATH_INFO"])
)");
    const LogCapture logged;
    BOOST_TEST(fetch("/end").body == "xxx");
    BOOST_CHECK_THROW(fetch("/raise"), std::exception);
    BOOST_TEST(fetch("/closed").body == "['/end', '/raise']");
    BOOST_TEST(logged.count("ValueError: half-way") == 1);
}

BOOST_FIXTURE_TEST_CASE(to_head_has_no_body, WSGITest) {
    serve(R"(
def application(environ, start_response):
    if environ["PATH_INFO"] == "/none":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "12")])
        return []
    if environ["PATH_INFO"] == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"one", b"two"])
    return text(start_response, "Hello world!")
)");
    for (const std::string path : {"/", "/none"}) {
        const auto response = fetch(path, {.method = "HEAD"});
        BOOST_TEST(response.code == 200);
        BOOST_TEST(response.headers.get("Content-Length").value() == "12");
    }
    BOOST_TEST(!fetch("/stream", {.method = "HEAD"}).headers.contains("Content-Length"));
    auto client = connect();
    client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/"));
    BOOST_TEST(client.read_response("HEAD").body.empty());
    BOOST_TEST(client.read_response().body == "Hello world!");
}

BOOST_FIXTURE_TEST_CASE(without_a_body_has_none, WSGITest) {
    serve(R"(
def application(environ, start_response):
    start_response(environ["PATH_INFO"][1:] + " X", [])
    return [b"surplus"] if environ["QUERY_STRING"] else []
)");
    auto client = connect();
    for (const std::string path : {"/204", "/204?more", "/304", "/304?more", "/200"}) {
        client.send(get(path));
        const auto response = client.read_response();
        BOOST_TEST(response.code == std::stoi(path.substr(1)));
        BOOST_TEST(response.body.empty());
    }
}

BOOST_FIXTURE_TEST_CASE(can_be_replaced_with_exc_info_until_it_begins, WSGITest) {
    serve_validated(R"(
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        raise KeyError("lost")
    except KeyError:
        start_response("500 Sorry", [("Content-Type", "text/html")], sys.exc_info())
        return [b"replaced"]
)");
    const auto response = fetch("/");
    BOOST_TEST(response.code == 500);
    BOOST_TEST(response.reason == "Sorry");
    BOOST_TEST(response.headers.get("Content-Type").value() == "text/html");
    BOOST_TEST(response.body == "replaced");
}

BOOST_FIXTURE_TEST_CASE(that_has_begun_is_broken_off_by_exc_info, WSGITest) {
    serve(R"(
def application(environ, start_response):
    if environ["PATH_INFO"] == "/next":
        return text(start_response, "next")
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"begun")
    try:
        raise KeyError("lost")
    except KeyError:
        start_response("500 Sorry", [("Content-Type", "text/html")], sys.exc_info())
    return [b"not reached"]
)");
    const LogCapture logged;
    BOOST_CHECK_THROW(fetch("/"), std::exception);
    BOOST_TEST(logged.count("KeyError: 'lost'") == 1);
    BOOST_TEST(fetch("/next").body == "next");
}

BOOST_FIXTURE_TEST_CASE(of_a_client_that_has_gone_closes_the_iterable, WSGITest) {
    serve(R"(
def application(environ, start_response):
    def body():
        try:
            yield b"begun"
            event("gone").wait(60)
            while True:
                yield b"x" * 1000
        finally:
            event("closed").set()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return body()
)");
    const LogCapture logged;
    auto client = connect();
    client.send(get("/"));
    static_cast<void>(client.read_bytes(1));
    client.reset();
    set_event("gone");
    wait_for_event("closed");
    BOOST_TEST(logged.count("Uncaught") == 0);
}

BOOST_FIXTURE_TEST_CASE(goes_to_a_client_that_has_ended_its_side, WSGITest) {
    serve(R"(
def application(environ, start_response):
    event("ended").wait(60)
    return text(start_response, "late")
)");
    auto client = connect();
    client.send(get("/"));
    client.shutdown_output();
    set_event("ended");
    BOOST_TEST(client.read_until_close().ends_with("late"));
}

BOOST_FIXTURE_TEST_CASE(of_a_client_that_has_gone_ends_write, WSGITest) {
    serve(R"(
def application(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        while True:
            write(b"x" * 100000)
    except ConnectionResetError as error:
        event(str(error)).set()
    return []
)");
    auto client = connect();
    client.send(get("/"));
    static_cast<void>(client.read_bytes(1));
    client.reset();
    wait_for_event("the client has gone");
}

BOOST_FIXTURE_TEST_CASE(may_end_while_another_thread_waits_in_write, WSGITest) {
    serve(R"(
written = [0]
def application(environ, start_response):
    if environ["PATH_INFO"] == "/written":
        return text(start_response, str(written[0]))
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    def work():
        try:
            while True:
                write(b"x" * 100000)
                written[0] += 1
        except (RuntimeError, OSError):
            event("ended").set()
    threading.Thread(target=work, daemon=True).start()
    event("return").wait(60)
    return []
)");
    auto client = connect();
    client.send(get("/"));
    stand_still("/written");
    set_event("return");
    client.reset();
    wait_for_event("ended");
    BOOST_TEST(fetch("/written").code == 200);
}

// Applications that do what they must not

struct Wrong {
    const char* what;
    const char* body;  ///< of a function of environ and start_response
    const char* logged;
};

std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
    return out << wrong.what;
}

const Wrong wrong_before_it_begins[] = {
    {"raises", "raise KeyError('oh')", "KeyError: 'oh'"},
    {"exits", "sys.exit(3)", "SystemExit: 3"},
    {"does not start", "return [b'x']", "before start_response()"},
    {"does not start, and has no body", "return []", "without calling start_response()"},
    {"starts never, in a generator", "return iter([b'', b'x'])", "before start_response()"},
    {"returns nothing", "start_response('200 OK', [])", "'NoneType' object is not iterable"},
    {"returns a number", "start_response('200 OK', []); return 7", "'int' object is not iterable"},
    {"returns text", "start_response('200 OK', []); return 'text'", "not str itself"},
    {"returns bytes", "start_response('200 OK', []); return b'text'", "not bytes itself"},
    {"returns texts", "start_response('200 OK', []); return ['text']", "not of str"},
    {"yields texts", "start_response('200 OK', []); return iter(['text'])", "not of str"},
    {"raises before it yields",
     "start_response('200 OK', []); return (1 / 0 for x in [1])",
     "ZeroDivisionError"},
    {"starts twice", "[start_response('200 OK', []) for i in '12']", "has been called already"},
    {"has a wrong status", "start_response('2000 OK', [])", "a status is a number"},
    {"has a status alone", "start_response(200, [])", "the status is a str"},
    {"has an interim status", "start_response('100 Continue', [])", "a status is a number"},
    {"splits the status", "start_response('200 OK\\r\\nA: b', [])", "holds a control character"},
    {"has headers in no list", "start_response('200 OK', None)", "the headers are a list"},
    {"has wrong headers", "start_response('200 OK', [('a',)])", "a tuple of a name and a value"},
    {"has a header's value wrong", "start_response('200 OK', [('a', 1)])", "value is a str"},
    {"splits a header", "start_response('200 OK', [('a', 'b\\r\\nc: d')])", "ValueError"},
    {"has a header's name wrong", "start_response('200 OK', [('a b', 'c')])", "ValueError"},
    {"has a header beyond Latin-1",
     "start_response('200 OK', [('a', '\\u20ac')])",
     "beyond Latin-1"},
    {"sets Transfer-Encoding",
     "start_response('200 OK', [('Transfer-Encoding', 'chunked')])",
     "is the server's to set"},
    {"has a length that is none",
     "start_response('200 OK', [('Content-Length', '-1')])",
     "is one number"},
    {"has two lengths",
     "start_response('200 OK', [('Content-Length', '1'), ('Content-Length', '2')])",
     "is one number"},
    {"has one length twice",
     "start_response('200 OK', [('Content-Length', '1'), ('Content-Length', '1')])",
     "is one number"},
    {"has a list of lengths",
     "start_response('200 OK', [('Content-Length', '1, 1')])",
     "is one number"},
    {"writes text", "start_response('200 OK', [])('text')", "not of str"},
    {"gives wrong arguments", "start_response('200 OK')", "takes a status"},
    {"gives a wrong exc_info", "start_response('200 OK', [], 1)", "a tuple of three"},
};

BOOST_DATA_TEST_CASE_F(
    WSGITest,
    is_500_of_an_application_that,
    data::make(wrong_before_it_begins),
    wrong
) {
    serve(
        std::string{R"(
def wrong(environ, start_response):
    )"} +
        wrong.body +
        R"(
def application(environ, start_response):
    if environ["PATH_INFO"] == "/next":
        return text(start_response, "next")
    return wrong(environ, start_response)
)"
    );
    const LogCapture logged;
    auto client = connect();
    client.send(get("/wrong") + get("/next"));
    const auto response = client.read_response();
    BOOST_TEST(response.code == 500);
    BOOST_TEST(response.body.find("500: Internal Server Error") != std::string::npos);
    BOOST_TEST(logged.count(wrong.logged) == 1);
    BOOST_TEST(client.read_response().body == "next");
}

const Wrong wrong_half_way[] = {
    {"raises", "yield b'x'\n    raise KeyError('oh')", "KeyError: 'oh'"},
    {"yields text", "yield b'x'\n    yield 'text'", "not of str"},
    {"is too short", "yield b'x'\n    yield b'y'", "shorter than its Content-Length"},
};

BOOST_DATA_TEST_CASE_F(
    WSGITest,
    is_broken_off_of_an_application_that,
    data::make(wrong_half_way),
    wrong
) {
    serve(
        std::string{R"(
def wrong(environ, start_response):
    start_response('200 OK', [('Content-Length', '5')])
    )"} +
        wrong.body +
        R"(
def application(environ, start_response):
    if environ["PATH_INFO"] == "/next":
        return text(start_response, "next")
    return wrong(environ, start_response)
)"
    );
    const LogCapture logged;
    const auto all = fetch_raw(get("/wrong") + get("/next"));
    BOOST_TEST(all.find("next") == all.npos);
    BOOST_TEST(logged.count(wrong.logged) == 1);
    BOOST_TEST(logged.count(", broken off") == 1);
    BOOST_TEST(fetch("/next").body == "next");
}

BOOST_FIXTURE_TEST_CASE(is_not_longer_than_its_length, WSGITest) {
    serve(R"(
refused = []
def application(environ, start_response):
    if environ["PATH_INFO"] == "/next":
        return text(start_response, "next")
    if environ["PATH_INFO"] == "/refused":
        return text(start_response, repr(refused))
    write = start_response('200 OK', [('Content-Length', '5')])
    if environ["PATH_INFO"] == "/write":
        write(b"123")
        for piece in (b"4567", b"8"):
            try:
                write(piece)
            except AssertionError as error:
                refused.append(str(error))
        return [b"9"]
    if environ["PATH_INFO"] == "/yield":
        return (piece for piece in (b"123", b"4567", b"8"))
    return [b"123", b"4567"]
)");
    auto client = connect();
    for (const std::string path : {"/list", "/yield", "/write"}) {
        const LogCapture logged;
        client.send(get(path) + get("/next"));
        BOOST_TEST(client.read_response().body == "12345");
        BOOST_TEST(client.read_response().body == "next");
        BOOST_TEST(logged.count("longer than its Content-Length of 5") >= 1);
    }
    const std::string sentence = "'write() has been given more than the Content-Length allows'";
    BOOST_TEST(fetch("/refused").body == "[" + sentence + ", " + sentence + "]");
}

BOOST_FIXTURE_TEST_CASE(that_is_too_short_as_a_whole_is_broken_off, WSGITest) {
    serve(R"(
def application(environ, start_response):
    start_response('200 OK', [('Content-Length', '5')])
    return [b"123"] if environ["PATH_INFO"] == "/some" else []
)");
    const LogCapture logged;
    for (const std::string path : {"/some", "/none"}) {
        BOOST_CHECK_THROW(fetch(path), std::exception);
    }
    BOOST_TEST(logged.count("shorter than its Content-Length") == 2);
}

BOOST_FIXTURE_TEST_CASE(has_no_fields_that_are_the_servers, WSGITest) {
    serve(R"(
names = ["Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Trailers", "Proxy-Connection",
         "Proxy-Authenticate", "Proxy-Authorization", "Status"]
def application(environ, start_response):
    return text(start_response, "x", headers=[(name, "close") for name in names])
)");
    auto client = connect();
    for (int i = 0; i < 2; ++i) {
        client.send(get("/"));
        const auto response = client.read_response();
        BOOST_TEST(response.body == "x");
        for (const auto& name :
             {"Connection",
              "Keep-Alive",
              "Upgrade",
              "TE",
              "Trailer",
              "Trailers",
              "Proxy-Connection",
              "Proxy-Authenticate",
              "Proxy-Authorization",
              "Status"}) {
            BOOST_TEST(!response.headers.contains(name));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(tells_what_was_raised_only_when_asked, WSGITest) {
    const std::string source = "def application(environ, start_response): raise KeyError('secret')";
    const LogCapture logged;
    serve(source);
    BOOST_TEST(fetch("/").body.find("secret") == std::string::npos);
    WSGITest other;
    other.serve(source, {.serve_traceback = true});
    const auto response = other.fetch("/");
    BOOST_TEST(response.code == 500);
    BOOST_TEST(response.body.find("KeyError: 'secret'") != std::string::npos);
    BOOST_TEST(response.body.find("Traceback") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(logs_what_close_raises, WSGITest) {
    serve(R"(
class Body(list):
    def close(self):
        raise KeyError("late")
def application(environ, start_response):
    start_response("200 OK", [])
    return Body([b"served"])
)");
    const LogCapture logged;
    BOOST_TEST(fetch("/").body == "served");
    BOOST_TEST(fetch("/").body == "served");
    BOOST_TEST(logged.count("KeyError: 'late'") >= 1);
}

BOOST_FIXTURE_TEST_CASE(sends_wsgi_errors_to_the_log, WSGITest) {
    serve_validated(R"(
def application(environ, start_response):
    errors = environ["wsgi.errors"]
    errors.write("one\ntw")
    errors.writelines(["o\n", "thr\xe9e"])
    errors.flush()
    print("four", file=errors)
    errors.write("five")
    return text(start_response, "x")
)");
    const LogCapture logged;
    BOOST_TEST(fetch("/").body == "x");
    BOOST_TEST(fetch("/").body == "x");  // the first one's end has been logged
    for (const auto* line :
         {"one",
          "two",
          "thr\xc3\xa9"
          "e",
          "four",
          "five"}) {
        BOOST_TEST(logged.count(std::string{"wsgi.errors: "} + line) >= 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
