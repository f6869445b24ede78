#include <tornado/wsgi.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "../log_capture.hpp"
#include "../temporary_folder.hpp"
#include "fixture.hpp"

BOOST_AUTO_TEST_SUITE(file_wrapper)

BOOST_FIXTURE_TEST_CASE(hands_files_to_the_kernel, WSGITest) {
    const TemporaryFolder folder;
    const auto path = folder.path() + "/file";
    python("open('" + path + "', 'wb').write(bytes(i % 251 for i in range(300000)))");
    serve("path = '" + path + R"('
import gzip
def application(environ, start_response):
    wrap = environ["wsgi.file_wrapper"]
    name = environ["PATH_INFO"]
    if name == "/whole":
        start_response("200 OK", [("Content-Type", "x/y")])
        return wrap(open(path, "rb"), 1000)
    if name == "/part":
        start_response("200 OK", [("Content-Type", "x/y"), ("Content-Length", "10")])
        file = open(path, "rb")
        file.read(5)
        return wrap(file)
    if name == "/memory":
        start_response("200 OK", [("Content-Type", "x/y")])
        return wrap(io.BytesIO(b"from memory"))
    if name == "/gzip":
        start_response("200 OK", [("Content-Type", "x/y")])
        with gzip.open(path + ".gz", "wb") as file:
            file.write(b"unpacked")
        return wrap(gzip.open(path + ".gz", "rb"))
)");
    const auto whole = fetch("/whole");
    BOOST_TEST(whole.body.size() == 300'000U);
    BOOST_TEST(whole.headers.get("Content-Length").value_or("") == "300000");
    BOOST_TEST(static_cast<int>(static_cast<unsigned char>(whole.body[299'999])) == 299'999 % 251);
    BOOST_TEST(fetch("/part").body == std::string("\5\6\7\10\11\12\13\14\15\16"));
    BOOST_TEST(fetch("/memory").body == "from memory");
    BOOST_TEST(fetch("/gzip").body == "unpacked");
    BOOST_TEST(fetch("/whole", {.method = "HEAD"}).code == 200);
}

BOOST_FIXTURE_TEST_CASE(of_a_file_that_cannot_be_read_is_500, WSGITest) {
    const TemporaryFolder folder;
    const auto path = folder.path() + "/file";
    write_file(path, std::string(100'000, 'x'));
    serve("path = '" + path + R"('
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "x/y")])
    file = io.FileIO(path, "ab")
    file.seek(5)
    return environ["wsgi.file_wrapper"](file)
)");
    const LogCapture logged;
    BOOST_TEST(fetch("/").code == 500);
    BOOST_TEST(logged.count("UnsupportedOperation") == 1);
}

BOOST_FIXTURE_TEST_CASE(says_when_a_file_gets_shorter_while_it_is_sent, WSGITest) {
    const TemporaryFolder folder;
    const auto path = folder.path() + "/file";
    std::ofstream{path}.close();
    std::filesystem::resize_file(path, 50'000'000);
    serve("path = '" + path + R"('
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "x/y")])
    return environ["wsgi.file_wrapper"](open(path, "rb"))
)");
    const LogCapture logged;
    auto client = connect();
    client.send(get("/"));
    static_cast<void>(client.read_bytes(1));
    std::filesystem::resize_file(path, 1000);
    BOOST_TEST(client.read_until_close().size() < 50'000'000U);
    BOOST_TEST(logged.count("has become shorter while it was sent: GET /") == 1);
    BOOST_TEST(logged.count(", broken off") == 1);
}

BOOST_FIXTURE_TEST_CASE(says_when_the_client_of_a_file_has_gone, WSGITest) {
    const TemporaryFolder folder;
    const auto path = folder.path() + "/file";
    std::ofstream{path}.close();
    std::filesystem::resize_file(path, 50'000'000);
    serve("path = '" + path + R"('
def application(environ, start_response):
    if environ["PATH_INFO"] == "/next":
        return text(start_response, "next")
    start_response("200 OK", [("Content-Type", "x/y")])
    return environ["wsgi.file_wrapper"](open(path, "rb"))
)");
    const LogCapture logged;
    auto client = connect();
    client.send(get("/"));
    static_cast<void>(client.read_bytes(1));
    client.reset();
    while (logged.count(", the client has gone") == 0) {
        BOOST_TEST(fetch("/next").body == "next");
    }
    BOOST_TEST(logged.count("has become shorter") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
