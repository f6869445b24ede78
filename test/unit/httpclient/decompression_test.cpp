#include <tornado/httpclient/async_http_client.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <random>
#include <tornado/httputil/error.hpp>

#ifdef TORNADO_HAS_BROTLIENC
#include <brotli/encode.h>
#endif
#ifdef TORNADO_HAS_ZSTD
#include <zstd.h>
#endif

#include "../http1connection/gzip.hpp"
#include "support.hpp"

namespace {

struct Coded {
    std::string coding;
    std::string body;
};

/// The text in each coding that the client may know.
std::vector<Coded> coded(const std::string& text) {
    std::vector<Coded> all{{"gzip", gzip(text)}, {"deflate", compress_with_zlib(text, MAX_WBITS)}};
#ifdef TORNADO_HAS_BROTLIENC
    std::string brotli(::BrotliEncoderMaxCompressedSize(text.size()) + 64, '\0');
    auto size = brotli.size();
    ::BrotliEncoderCompress(
        5,
        BROTLI_DEFAULT_WINDOW,
        BROTLI_MODE_GENERIC,
        text.size(),
        reinterpret_cast<const std::uint8_t*>(text.data()),
        &size,
        reinterpret_cast<std::uint8_t*>(brotli.data())
    );
    brotli.resize(size);
    all.push_back({"br", brotli});
#endif
#ifdef TORNADO_HAS_ZSTD
    std::string zstd(::ZSTD_compressBound(text.size()), '\0');
    zstd.resize(::ZSTD_compress(zstd.data(), zstd.size(), text.data(), text.size(), 3));
    all.push_back({"zstd", zstd});
#endif
    return all;
}

/// So many MiB of zeros, in the gzip format.
std::string bomb(int megabytes) {
    const std::string zeros(1 << 20, '\0');
    z_stream stream{};
    ::deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(static_cast<std::size_t>(megabytes) * 2048 + 1024, '\0');
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    for (int i = 1; i <= megabytes; ++i) {
        stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(zeros.data()));
        stream.avail_in = static_cast<uInt>(zeros.size());
        ::deflate(&stream, i == megabytes ? Z_FINISH : Z_NO_FLUSH);
    }
    out.resize(out.size() - stream.avail_out);
    ::deflateEnd(&stream);
    return out;
}

/// The most memory that this process has had, in KiB.
long peak_memory() {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) {
            return std::stol(line.substr(6));
        }
    }
    return 0;
}

struct DecompressionTest : TidyTest {
    void serve(const Coded& each) {
        app->handlers["/"] = [each](const Got&) {
            return Answer{200, {{"Content-Encoding", each.coding}}, each.body};
        };
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(decompression, DecompressionTest)

BOOST_AUTO_TEST_CASE(gives_the_text) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) {
        text += "line " + std::to_string(i) + "\n";
    }
    for (const auto& each : coded(text)) {
        serve(each);
        const auto response = fetch_from("/");
        BOOST_TEST_CONTEXT(each.coding) {
            BOOST_TEST((response.body == text));
            BOOST_TEST(response.headers.get("X-Consumed-Content-Encoding").value() == each.coding);
            BOOST_TEST(!response.headers.contains("Content-Encoding"));
        }
    }
}

BOOST_AUTO_TEST_CASE(is_left_to_the_caller_who_wants_it) {
    for (const auto& each : coded("text")) {
        serve(each);
        const auto response = fetch_from(HTTPRequest{"/"}.decompress_response(false));
        BOOST_TEST((response.body == each.body));
        BOOST_TEST(response.headers.get("Content-Encoding").value() == each.coding);
    }
}

BOOST_AUTO_TEST_CASE(leaves_a_part_as_it_is) {
    const auto whole = gzip("text that is compressed");
    const auto part = whole.substr(0, 25);
    app->handlers["/"] = [&](const Got&) {
        return Answer{206, {{"Content-Encoding", "gzip"}, {"Content-Range", "bytes 0-24/*"}}, part};
    };
    const auto response = fetch_from(HTTPRequest{"/"}.header("Range", "bytes=0-24"));
    BOOST_TEST(last().header("Accept-Encoding") == "(none)");
    BOOST_TEST((response.body == part));
    BOOST_TEST(response.headers.get("Content-Encoding").value() == "gzip");
}

BOOST_AUTO_TEST_CASE(ends_where_a_body_is_too_large) {
    options.max_body_size = 1'000'000;
    for (const auto& each : coded(std::string(16 << 20, '\0'))) {
        serve(each);
        BOOST_TEST_CONTEXT(each.coding) {
            BOOST_TEST(each.body.size() < options.max_body_size);
            BOOST_TEST(
                failure<HTTPBadResponseError>("/").reason() ==
                make_error_code(httputil::Errc::body_too_large)
            );
        }
    }
}

BOOST_AUTO_TEST_CASE(goes_on_with_a_piece_while_the_next_ones_come) {
    std::string text(2'000'000, 'x');
    std::minstd_rand random;
    std::generate_n(std::back_inserter(text), 1'000'000, [&] {
        return static_cast<char>(random());
    });
    const auto body = gzip(text);
    ScriptedServer server{[&](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n"
        );
        co_await gen::moment();
        co_await stream.write(body);
        co_await stream.read_until_close();
    }};
    std::string got;
    HTTPRequest request{server.url()};
    request.streaming_callback([&](std::string_view piece) -> Future<void> {
        got += piece;
        co_await gen::moment();
        co_await gen::moment();
    });
    BOOST_TEST(fetch_from(request).code == 200);
    BOOST_TEST((got == text));
}

BOOST_AUTO_TEST_CASE(of_a_bomb_takes_no_memory) {
    options.max_body_size = 1'000'000;
    serve({"gzip", bomb(256)});
    const auto peak = peak_memory();
    BOOST_CHECK_THROW(fetch_from("/"), HTTPBadResponseError);
    BOOST_TEST(peak_memory() - peak < 16 * 1024);
}

BOOST_AUTO_TEST_CASE(of_what_is_not_compressed_is_an_error) {
    for (const auto& each : coded("text")) {
        serve({each.coding, "this is no compressed text at all"});
        BOOST_TEST_CONTEXT(each.coding) {
            BOOST_TEST(
                failure<HTTPBadResponseError>("/").reason() ==
                make_error_code(httputil::Errc::malformed_content)
            );
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
