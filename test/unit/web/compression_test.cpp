#include <tornado/web/output_transform.hpp>

#include <zlib.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#ifdef TEST_HAS_BROTLI
#include <brotli/decode.h>
#endif
#ifdef TEST_HAS_ZSTD
#include <zstd.h>
#endif

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
        settings.compress_encodings = {"gzip"};
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

// Several codings

#if defined(TEST_HAS_BROTLI) && defined(TEST_HAS_ZSTD)

std::string unbrotli(std::string_view bytes) {
    std::string text(2'000'000, '\0');
    std::size_t size = text.size();
    const auto result = BrotliDecoderDecompress(
        bytes.size(),
        reinterpret_cast<const std::uint8_t*>(bytes.data()),
        &size,
        reinterpret_cast<std::uint8_t*>(text.data())
    );
    return result == BROTLI_DECODER_RESULT_SUCCESS ? text.substr(0, size) : "(broken)";
}

std::string unzstd(std::string_view bytes) {
    auto* const stream = ZSTD_createDStream();
    std::string text(2'000'000, '\0');
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer out{text.data(), text.size(), 0};
    std::size_t left = 1;
    while (left != 0 && in.pos < in.size) {
        left = ZSTD_decompressStream(stream, &out, &in);
        if (ZSTD_isError(left) != 0) {
            break;
        }
    }
    ZSTD_freeDStream(stream);
    return left == 0 && in.pos == in.size ? text.substr(0, out.pos) : "(broken)";
}

std::string decoded(const testing::HTTPResponse& response) {
    const auto coding = header(response, "Content-Encoding");
    return coding == "br"     ? unbrotli(response.body)
           : coding == "zstd" ? unzstd(response.body)
           : coding == "gzip" ? gunzip(response.body)
                              : response.body;
}

struct CodingsTest : CompressionTest {
    CodingsTest() { settings.compress_encodings = {"zstd", "br", "gzip"}; }
};

struct Wish {
    std::string_view accepts;
    std::string_view coding;
};
std::ostream& operator<<(std::ostream& out, const Wish& wish) {
    return out << wish.accepts;
}
const Wish wishes[] = {
    {"gzip, deflate, br, zstd", "zstd"},
    {"gzip, deflate, br", "br"},
    {"gzip, deflate", "gzip"},
    {"zstd;q=0.5, br;q=0.8, gzip;q=0.7", "br"},
    {"zstd;q=0, br;q=0, *", "gzip"},
    {"zstd;q=0, *;q=0.5, gzip;q=0.4", "br"},
    {"BR", "br"},
    {"*", "zstd"},
    {"identity", "(none)"},
    {"identity, gzip;q=0.5", "(none)"},
    {"gzip;q=0.5, br;q=0.7, Identity;q=0.8", "(none)"},
    {"identity;q=1, *;q=0.1", "(none)"},
    {"identity;q=0.5, gzip;q=0.5", "gzip"},
    {"identity;q=0.5, br;q=0.4, gzip;q=0.6", "gzip"},
    {"identity;q=0, gzip;q=0.1", "gzip"},
    {"deflate", "(none)"}};

BOOST_DATA_TEST_CASE_F(CodingsTest, is_by_the_coding_that_is_wanted_most, wishes) {
    for (const auto* const query : {"", "size=1000000"}) {
        const auto response = ask(query, sample.accepts);
        BOOST_TEST(header(response, "Content-Encoding") == sample.coding);
        BOOST_TEST(header(response, "Vary") == "Accept-Encoding");
        BOOST_TEST(header(response, "Content-Length") == std::to_string(response.body.size()));
        BOOST_TEST((decoded(response) == std::string(*query == 0 ? 2000 : 1'000'000, 'x')));
        BOOST_TEST(header(response, "Etag").starts_with("W/") == (sample.coding != "(none)"));
    }
}

BOOST_FIXTURE_TEST_CASE(is_by_the_coding_that_the_server_prefers, CodingsTest) {
    settings.compress_encodings = {"br", "gzip"};
    BOOST_TEST(header(ask("", "gzip, br, zstd"), "Content-Encoding") == "br");
    BOOST_TEST(header(ask("", "gzip, zstd"), "Content-Encoding") == "gzip");
    BOOST_TEST(header(ask("", "zstd"), "Content-Encoding") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(by_any_coding_of_several_flushes_is_one_stream, CodingsTest) {
    struct Streaming : web::RequestHandler {
        Future<void> get() {
            std::string word(70'000, 'a');
            for (std::size_t i = 0; i < word.size(); ++i) {
                word[i] = static_cast<char>('a' + i * i % 23);
            }
            for (int i = 0; i < 5; ++i) {
                write(word);
                co_await flush();
            }
            co_await flush();
            write("end");
        }
    };
    routes.push_back(web::url<Streaming>("/streaming"));
    const auto plain = get("/streaming").body;
    BOOST_TEST(plain.size() == 350'003u);
    for (const auto* const coding : {"zstd", "br", "gzip"}) {
        const auto response = get("/streaming", {{"Accept-Encoding", coding}});
        BOOST_TEST(header(response, "Content-Encoding") == coding);
        BOOST_TEST((decoded(response) == plain));
    }
}

BOOST_FIXTURE_TEST_CASE(by_any_coding_follows_the_same_rules, CodingsTest) {
    for (const auto* const query :
         {"size=1023",
          "type=image/png",
          "encoding=identity",
          "status=206",
          "cache=public,+no-transform"}) {
        const auto coding = header(ask(query, "br, zstd"), "Content-Encoding");
        BOOST_TEST((coding == "(none)" || coding == "identity"));
    }
    BOOST_TEST(web::content_encodings().size() == 3u);
}

#endif

BOOST_AUTO_TEST_CASE(by_an_unknown_coding_is_refused) {
    web::ApplicationSettings settings;
    settings.compress_response = true;
    settings.compress_encodings = {"gzip", "deflate"};
    BOOST_CHECK_THROW(
        web::Application(std::vector<web::Route>{}, std::move(settings)), std::invalid_argument
    );
    BOOST_TEST((web::content_encodings().front() == "gzip"));
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
    "type=text/event-stream",
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
    "type=application/problem%2Bjson",
    "type=application/rss%2Bxml;+charset=UTF-8",
    "type=Text/HTML",
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
        BOOST_TEST(header(response, "Etag") == weak);
        BOOST_TEST(header(response, "Content-Length") == "(none)");
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

/// Makes what was refused a page.
struct Forgiving : web::OutputTransform {
    void transform_first_chunk(
        int& status,
        httputil::HTTPHeaders& headers,
        std::string& chunk,
        bool /*finishing*/
    ) override {
        if (status == 418) {
            status = 203;
            headers.set("X-Was", "418");
            chunk += "!";
        }
    }
    void transform_chunk(std::string& /*chunk*/, bool /*finishing*/) override {}
};

struct AddedTransformTest : CompressionTest {
    App get_app() override {
        auto application = std::make_shared<web::Application>(routes, std::move(settings));
        application->add_transform([](const httputil::HTTPServerRequest&) {
            return std::make_unique<Forgiving>();
        });
        return application;
    }
};

BOOST_FIXTURE_TEST_CASE(may_be_added_to_the_application_and_change_the_status, AddedTransformTest) {
    const auto response = get("/?status=418&size=3");
    BOOST_TEST(response.code == 203);
    BOOST_TEST(response.body == "xxx!");
    BOOST_TEST(header(response, "X-Was") == "418");
    BOOST_TEST(header(response, "Content-Length") == "4");
    BOOST_TEST(get("/?size=3").body == "xxx");
}

BOOST_AUTO_TEST_SUITE_END()
