#include <tornado/web/output_transform.hpp>

#include <zlib.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(compression)

/// What a gzip stream holds; "(broken)" when it is none, or incomplete.
std::string gunzip(std::string_view bytes) {
    z_stream stream{};
    BOOST_TEST_REQUIRE(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string text;
    std::string block(65'536, '\0');
    int result = Z_OK;
    while (result == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(block.data());
        stream.avail_out = static_cast<uInt>(block.size());
        result = inflate(&stream, Z_NO_FLUSH);
        text.append(block, 0, block.size() - stream.avail_out);
    }
    const bool whole = result == Z_STREAM_END && stream.avail_in == 0;
    inflateEnd(&stream);
    return whole ? text : "(broken)";
}

struct Page : web::RequestHandler {
    void get() {
        set_header("Content-Type", get_argument("type", "text/html; charset=UTF-8"));
        if (const auto vary = get_argument("vary", ""); !vary.empty()) {
            set_header("Vary", vary);
        }
        if (const auto encoding = get_argument("encoding", ""); !encoding.empty()) {
            set_header("Content-Encoding", encoding);
        }
        if (const auto cache = get_argument("cache", ""); !cache.empty()) {
            set_header("Cache-Control", cache);
        }
        set_status(get_argument("status", 200));
        write(std::string(get_argument<std::size_t>("size", 2000), 'x'));
    }
    void head() { get(); }
};

struct CompressionTest : WebTest {
    CompressionTest() {
        settings.compress_response = true;
        serve<Page>();
    }
    testing::HTTPResponse ask(std::string_view query = "", std::string_view accepts = "gzip") {
        return get("/?" + std::string{query}, {{"Accept-Encoding", accepts}});
    }
};

BOOST_FIXTURE_TEST_CASE(is_for_those_who_take_it, CompressionTest) {
    const auto response = ask();
    BOOST_TEST(header(response, "Content-Encoding") == "gzip");
    BOOST_TEST(header(response, "Vary") == "Accept-Encoding");
    BOOST_TEST(header(response, "Content-Length") == std::to_string(response.body.size()));
    BOOST_TEST(gunzip(response.body) == std::string(2000, 'x'));
    const auto plain = get("/");
    BOOST_TEST(header(plain, "Content-Encoding") == "(none)");
    BOOST_TEST(header(plain, "Vary") == "Accept-Encoding");
    BOOST_TEST(plain.body == std::string(2000, 'x'));
}

BOOST_FIXTURE_TEST_CASE(is_off_unless_asked_for, WebTest) {
    serve<Page>();
    const auto response = get("/", {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(header(response, "Content-Encoding") == "(none)");
    BOOST_TEST(header(response, "Vary") == "(none)");
}

const std::string_view accepting[] = {
    "gzip",
    "GZIP",
    "x-gzip",
    "gzip;q=0.001",
    "gzip ; Q=1.0",
    "*",
    "*;q=0, gzip",
    "gzip;level=3",
    "br;q=1,gzip;q=0.5"};

BOOST_DATA_TEST_CASE_F(CompressionTest, is_for_clients_that_say, data::make(accepting), accepts) {
    BOOST_TEST(header(ask("", accepts), "Content-Encoding") == "gzip");
}

const std::string_view refusing[] = {
    "gzip;q=0",
    "gzip; q=0.0",
    "*;q=0",
    "gzip;q=0, *",
    "deflate, br",
    "",
    "gzipped",
    "gzip;q=x",
    "gzip;q=1.1"};

BOOST_DATA_TEST_CASE_F(
    CompressionTest,
    is_not_for_clients_that_say,
    data::make(refusing),
    accepts
) {
    BOOST_TEST(header(ask("", accepts), "Content-Encoding") == "(none)");
}

const std::string_view not_compressed[] = {
    "size=1023",
    "type=image/png",
    "type=application/octet-stream",
    "encoding=identity",
    "status=206",
    "cache=public,+no-transform"};

BOOST_DATA_TEST_CASE_F(CompressionTest, is_not_for, data::make(not_compressed), query) {
    const auto response = ask(query);
    BOOST_TEST(header(response, "Content-Encoding") != "gzip");
    BOOST_TEST(response.body.starts_with("xxx"));
}

const std::string_view compressed[] = {
    "size=1024",
    "size=1000000",
    "type=text/plain",
    "type=application/json;+charset=UTF-8",
    "type=image/svg%2Bxml",
    "type=application/javascript",
    "status=404"};

BOOST_DATA_TEST_CASE_F(CompressionTest, is_for, data::make(compressed), query) {
    const auto response = ask(query);
    BOOST_TEST(header(response, "Content-Encoding") == "gzip");
    BOOST_TEST(gunzip(response.body).find_first_not_of('x') == std::string::npos);
    BOOST_TEST(gunzip(response.body).size() >= 1024u);
}

BOOST_FIXTURE_TEST_CASE(adds_to_the_field_vary, CompressionTest) {
    BOOST_TEST(header(ask("vary=Accept-Language"), "Vary") == "Accept-Language, Accept-Encoding");
    BOOST_TEST(header(ask("vary=accept-encoding"), "Vary") == "accept-encoding");
    BOOST_TEST(header(ask("vary=*"), "Vary") == "*");
}

BOOST_FIXTURE_TEST_CASE(makes_the_etag_weak_and_it_still_counts, CompressionTest) {
    const auto weak = header(ask(), "Etag");
    const auto strong = header(get("/"), "Etag");
    BOOST_TEST(weak == "W/" + strong);
    for (const auto& tag : {weak, strong}) {
        const auto response = get("/", {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}});
        BOOST_TEST(response.code == 304);
        BOOST_TEST(response.body == "");
        BOOST_TEST(header(response, "Vary") == "Accept-Encoding");
    }
}

BOOST_FIXTURE_TEST_CASE(of_a_head_tells_what_a_get_would, CompressionTest) {
    const auto whole = ask();
    const auto head = get("/", {{"Accept-Encoding", "gzip"}}, "HEAD");
    BOOST_TEST(head.body == "");
    for (const std::string_view name : {"Content-Encoding", "Content-Length", "Etag", "Vary"}) {
        BOOST_TEST(header(head, name) == header(whole, name));
    }
}

BOOST_FIXTURE_TEST_CASE(of_what_is_flushed_can_be_read_at_once, CompressionTest) {
    struct Streaming : web::RequestHandler {
        explicit Streaming(Promise<void>& when) : go_on{when} {}
        Future<void> get() {
            write("first");
            co_await flush();
            auto future = go_on.future();
            co_await future;
            write(" second");
            co_await flush();
            co_await flush();
            write(" third");
        }
        Promise<void>& go_on;
    };
    Promise<void> go_on;
    routes.push_back(web::url<Streaming>("/streaming", std::ref(go_on)));
    auto connection = connect();
    connection.send(request_for("/streaming", "Accept-Encoding: gzip\r\nConnection: close\r\n"));
    const std::string flushed("\0\0\xff\xff", 4);  // how a flush of zlib ends
    std::string seen;
    while (seen.find("\r\n\r\n") == seen.npos || seen.find(flushed) == seen.npos) {
        seen += connection.read_bytes(1);
    }
    BOOST_TEST(seen.find("Content-Encoding: gzip") != seen.npos);
    go_on.set_result();
    connection.close();
}

BOOST_FIXTURE_TEST_CASE(of_several_flushes_is_one_stream, CompressionTest) {
    struct Streaming : web::RequestHandler {
        Future<void> get() {
            for (const std::string_view piece : {"first ", "second ", "third"}) {
                write(piece);
                co_await flush();
            }
        }
    };
    routes.push_back(web::url<Streaming>("/streaming"));
    const auto response = get("/streaming", {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(header(response, "Content-Length") == "(none)");
    BOOST_TEST(gunzip(response.body) == "first second third");
    BOOST_TEST(get("/streaming").body == "first second third");
}

BOOST_FIXTURE_TEST_CASE(is_left_out_of_a_response_that_turned_into_an_error, CompressionTest) {
    struct Failing : web::RequestHandler {
        void get() {
            write(std::string(5000, 'x'));
            throw web::HTTPError{404};
        }
    };
    routes.push_back(web::url<Failing>("/failing"));
    const auto response = get("/failing", {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(response.code == 404);
    BOOST_TEST(header(response, "Content-Encoding") == "(none)");
    BOOST_TEST(response.body.find("404: Not Found") != std::string::npos);
}

/// Writes in capitals, and counts.
struct Shouting : web::OutputTransform {
    void transform_first_chunk(
        int& /*status*/,
        httputil::HTTPHeaders& headers,
        std::string& chunk,
        bool finishing
    ) override {
        headers.set("X-Shouting", "1");
        transform_chunk(chunk, finishing);
    }
    void transform_chunk(std::string& chunk, bool /*finishing*/) override {
        for (char& c : chunk) {
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        }
    }
};

BOOST_FIXTURE_TEST_CASE(and_other_transforms_follow_each_other, CompressionTest) {
    settings.transforms.push_back([](const httputil::HTTPServerRequest&) {
        return std::make_unique<Shouting>();
    });
    const auto response = get("/");
    BOOST_TEST(header(response, "X-Shouting") == "1");
    BOOST_TEST(response.body == std::string(2000, 'X'));
    BOOST_TEST(gunzip(ask().body) == std::string(2000, 'X'));
}

BOOST_AUTO_TEST_SUITE_END()
