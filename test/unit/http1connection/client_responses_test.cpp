#include <tornado/http1connection/client_connection.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "client_support.hpp"
#include "gzip.hpp"
#include "malformed_responses.hpp"

namespace data = boost::unit_test::data;
using httputil::Errc;
using tornado::iostream::StreamClosedError;

BOOST_AUTO_TEST_SUITE(client_responses)

BOOST_AUTO_TEST_CASE(a_response_is_told_in_order) {
    ToServer to;
    to.get();
    to.say("HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nX-Y: z\r\n\r\nhello");
    BOOST_TEST(to.response.events == (Events{"headers 200", "data", "finish"}));
    BOOST_TEST(to.response.reason == "Fine");
    BOOST_TEST(to.response.headers.get("x-y").value() == "z");
    BOOST_TEST(to.response.body == "hello");
    BOOST_TEST(to.done->result());
    BOOST_TEST(to.connection->is_reusable());
}

BOOST_DATA_TEST_CASE(a_response_may_come_in_any_two_pieces, data::make(whole_responses), text) {
    for (std::size_t at = 1; at < text.size(); ++at) {
        ToServer to;
        to.get();
        to.say(text.substr(0, at));
        BOOST_TEST(!to.response.finished());
        to.say(text.substr(at));
        BOOST_TEST_REQUIRE(to.response.finished());
        BOOST_TEST(to.response.body == "hello");
        BOOST_TEST(to.done->result());
    }
}

BOOST_DATA_TEST_CASE(a_response_may_come_byte_by_byte, data::make(whole_responses), text) {
    ToServer to;
    for (int i = 0; i < 2; ++i) {
        to.response.body.clear();
        to.get();
        for (const char c : text) {
            to.say(std::string(1, c));
        }
        BOOST_TEST(to.response.body == "hello");
        BOOST_TEST(to.done->result());
    }
}

BOOST_AUTO_TEST_CASE(trailers_come_before_the_end) {
    ToServer to;
    to.get();
    to.say(whole_responses[1]);
    BOOST_TEST(to.response.trailers.get("T").value() == "x");
}

BOOST_AUTO_TEST_CASE(a_body_without_delimiter_ends_with_the_connection) {
    ToServer to;
    to.get();
    to.say("HTTP/1.1 200 OK\r\n\r\nhello");
    BOOST_TEST(!to.response.finished());
    to.hear();
    to.say(" again");
    to.close();
    to.turn();
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.response.body == "hello again");
    BOOST_TEST(!to.done->result());
    BOOST_TEST(to.connection->closed());
}

BOOST_AUTO_TEST_CASE(a_response_to_head_has_no_body) {
    ToServer to;
    to.get("HEAD");
    to.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.connection->is_reusable());
}

const std::string empty_responses[] = {
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};

BOOST_DATA_TEST_CASE(some_responses_have_no_body, data::make(empty_responses), text) {
    ToServer to;
    to.get();
    to.say(text);
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.response.body.empty());
    BOOST_TEST(to.done->result());
}

BOOST_DATA_TEST_CASE(what_is_malformed_has_its_own_error, data::make(malformed_responses), each) {
    ToServer to;
    to.get();
    to.say(each.text);
    BOOST_TEST(to.error() == make_error_code(each.error));
    BOOST_TEST(to.response.failed());
    BOOST_TEST(to.connection->closed());
    BOOST_CHECK_THROW(to.done->result(), httputil::HTTPInputError);
    to.hear();
    BOOST_TEST(to.ended);
}

BOOST_AUTO_TEST_CASE(a_head_has_a_limit) {
    ToServer to;
    to.limits.max_header_size = 1000;
    to.get();
    to.say("HTTP/1.1 200 OK\r\nX: " + std::string(500, 'x'));
    BOOST_TEST(!to.response.failed());
    to.say(std::string(500, 'x'));
    BOOST_TEST(to.error() == make_error_code(Errc::header_too_large));
}

BOOST_AUTO_TEST_CASE(a_head_has_a_limit_of_fields) {
    ToServer to;
    to.limits.max_fields = 3;
    to.get();
    to.say("HTTP/1.1 200 OK\r\nA: a\r\nA: a\r\nA: a\r\nA: a\r\n\r\n");
    BOOST_TEST(to.error() == make_error_code(Errc::header_too_large));
}

const std::string longer_than_four[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\n",
    "HTTP/1.1 200 OK\r\n\r\nabcde"};

BOOST_DATA_TEST_CASE(a_body_has_a_limit, data::make(longer_than_four), text) {
    ToServer to;
    to.limits.max_body_size = 4;
    to.get();
    to.say(text);
    BOOST_TEST(to.error() == make_error_code(Errc::body_too_large));
}

BOOST_AUTO_TEST_CASE(the_delegate_may_raise_the_limit) {
    ToServer to;
    to.limits.max_body_size = 4;
    to.response.on_headers = [&](Response&) {
        to.connection->set_max_body_size(5);
        return Future<void>::ready();
    };
    to.get();
    to.say(whole_responses[0]);
    BOOST_TEST(to.response.finished());
}

BOOST_AUTO_TEST_CASE(interim_responses_have_a_limit) {
    ToServer to;
    to.limits.max_interim_responses = 3;
    to.get();
    for (int i = 0; i < 3; ++i) {
        to.say("HTTP/1.1 102 Processing\r\n\r\n");
    }
    BOOST_TEST(!to.response.failed());
    to.say("HTTP/1.1 102 Processing\r\n\r\n");
    BOOST_TEST(to.error() == make_error_code(Errc::too_many_interim_responses));
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_early_says_where) {
    const std::string text = whole_responses[0];
    for (std::size_t at = 0; at < text.size(); ++at) {
        ToServer to;
        to.get();
        to.hear();  // a socket that closes with something unread resets the connection
        to.say(text.substr(0, at));
        to.close();
        to.turn();
        BOOST_TEST(
            to.error() == make_error_code(at == 0 ? Errc::no_response : Errc::incomplete_message)
        );
        BOOST_TEST(to.connection->response_begun() == (at != 0));
        BOOST_CHECK_THROW(to.done->result(), StreamClosedError);
        BOOST_TEST(to.response.failed());
    }
}

BOOST_AUTO_TEST_CASE(pieces_are_no_larger_than_asked_for) {
    ToServer to;
    to.limits.chunk_size = 1000;
    to.get();
    to.say("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + std::string(10'000, 'x'));
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.response.largest <= 1000U);
    BOOST_TEST(to.response.body == std::string(10'000, 'x'));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(client_back_pressure)

BOOST_AUTO_TEST_CASE(reading_waits_for_the_delegate) {
    ToServer to;
    std::optional<Promise<void>> promise;
    to.response.on_headers = [&](Response&) { return promise.emplace().future(); };
    to.response.on_data = [&](auto) { return promise.emplace().future(); };
    to.limits.chunk_size = 3;
    to.get();
    to.say(whole_responses[0]);
    BOOST_TEST(to.response.events == Events{"headers 200"});
    promise->set_result();
    to.turn();
    BOOST_TEST(to.response.body == "hel");
    promise->set_result();
    to.turn();
    BOOST_TEST(to.response.body == "hello");
    BOOST_TEST(!to.response.finished());
    promise->set_result();
    to.turn();
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.done->result());
}

BOOST_AUTO_TEST_CASE(what_came_before_the_end_is_still_handed_on) {
    ToServer to;
    Promise<void> promise;
    to.response.on_headers = [&](Response&) { return promise.future(); };
    to.get();
    to.hear();
    to.say(whole_responses[0]);
    to.close();
    to.turn();
    promise.set_result();
    to.turn();
    BOOST_TEST(to.response.finished());
    BOOST_TEST(to.connection->closed());
}

BOOST_AUTO_TEST_CASE(a_delegate_that_fails_ends_the_exchange) {
    ToServer to;
    Promise<void> promise;
    to.response.on_data = [&](auto) { return promise.future(); };
    to.get();
    to.say(whole_responses[0]);
    promise.set_exception(std::runtime_error{"full"});
    to.turn();
    BOOST_TEST(to.response.failed());
    BOOST_CHECK_THROW(to.done->result(), std::runtime_error);
    BOOST_TEST(to.connection->closed());
}

BOOST_AUTO_TEST_CASE(a_delegate_that_throws_ends_the_exchange) {
    ToServer to;
    to.response.on_headers = [](Response&) -> Future<void> { throw std::runtime_error{"no"}; };
    to.get();
    to.say(whole_responses[0]);
    BOOST_TEST(to.response.failed());
    BOOST_CHECK_THROW(to.done->result(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(cancelling_closes_at_once) {
    ToServer to;
    to.get();
    to.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    to.done->cancel();
    BOOST_TEST(to.connection->closed());
    to.hear();
    BOOST_TEST(to.ended);
    BOOST_TEST(to.response.events == (Events{"headers 200", "data"}));
}

BOOST_AUTO_TEST_CASE(a_connection_may_close_while_its_delegate_waits) {
    ToServer to;
    Promise<void> promise;
    to.response.on_data = [&](auto) { return promise.future(); };
    to.get();
    to.say(whole_responses[0]);
    to.connection->close();
    to.connection = {};
    promise.set_result();
    to.turn();
    BOOST_TEST(to.response.events == (Events{"headers 200", "data"}));
}

BOOST_AUTO_TEST_CASE(a_piece_lives_as_long_as_its_future_when_the_connection_closes) {
    for (const bool closes_within : {false, true}) {
        ToServer to;
        Promise<void> promise;
        std::string_view piece;
        to.response.on_data = [&](std::string_view chunk) {
            piece = chunk;
            if (closes_within) {
                to.connection->close();
                to.connection = {};
            }
            return promise.future();
        };
        to.get();
        to.say(whole_responses[0]);
        if (!closes_within) {
            to.connection->close();
            to.connection = {};
        }
        to.turn();
        BOOST_TEST(piece == "hello");
        promise.set_result();
        to.turn();
    }
}

BOOST_AUTO_TEST_CASE(a_connection_may_close_between_the_future_and_its_news) {
    ToServer to;
    Promise<void> promise;
    to.response.on_data = [&](auto) { return promise.future(); };
    to.get();
    to.say(whole_responses[0]);
    promise.set_result();
    to.connection->close();
    to.connection = {};
    to.turn();
    BOOST_TEST(!to.response.finished());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(client_decompression)

std::string gzipped_response(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

BOOST_AUTO_TEST_CASE(a_compressed_body_is_left_as_it_is_unless_asked_for) {
    ToServer to;
    to.get();
    to.say(gzipped_response(gzip("hello")));
    BOOST_TEST(to.response.body == gzip("hello"));
    BOOST_TEST(to.response.headers.get("Content-Encoding").value() == "gzip");
}

BOOST_AUTO_TEST_CASE(a_compressed_body_is_decompressed) {
    ToServer to;
    to.limits.decompress = true;
    const std::string text(300'000, 't');
    to.get();
    to.say(gzipped_response(gzip(text)));
    BOOST_TEST(to.response.body == text);
    BOOST_TEST(to.response.largest <= to.limits.chunk_size);
    BOOST_TEST(!to.response.headers.contains("Content-Encoding"));
    BOOST_TEST(to.response.headers.get("X-Consumed-Content-Encoding").value() == "gzip");
    BOOST_TEST(to.done->result());
}

BOOST_AUTO_TEST_CASE(a_deflated_body_is_inflated_in_both_of_its_formats) {
    for (const int window : {MAX_WBITS, -MAX_WBITS}) {
        ToServer to;
        to.limits.decompress = true;
        const auto body = compress_with_zlib("hello", window);
        to.get();
        to.say(
            "HTTP/1.1 200 OK\r\nContent-Encoding: DEFLATE\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body
        );
        BOOST_TEST(to.response.body == "hello");
        BOOST_TEST(to.response.headers.get("X-Consumed-Content-Encoding").value() == "DEFLATE");
    }
}

BOOST_AUTO_TEST_CASE(a_coding_that_is_unknown_or_one_of_several_is_left) {
    for (const std::string coding : {"rot13", "gzip, gzip", "gzip\r\nContent-Encoding: gzip"}) {
        ToServer to;
        to.limits.decompress = true;
        to.get();
        to.say(
            "HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + "\r\nContent-Length: 5\r\n\r\nhello"
        );
        BOOST_TEST(to.response.body == "hello");
        BOOST_TEST(to.response.headers.contains("Content-Encoding"));
    }
}

BOOST_AUTO_TEST_CASE(decompression_waits_for_the_delegate) {
    ToServer to;
    to.limits.decompress = true;
    to.limits.chunk_size = 2;
    std::optional<Promise<void>> promise;
    to.response.on_data = [&](auto) { return promise.emplace().future(); };
    to.get();
    to.say(gzipped_response(gzip("hello")));
    std::size_t size = 0;
    while (!to.response.finished()) {
        BOOST_TEST_REQUIRE(to.response.body.size() > size);
        BOOST_TEST(to.response.body.size() <= size + 2);
        size = to.response.body.size();
        promise->set_result();
        to.turn();
    }
    BOOST_TEST(to.response.body == "hello");
}

BOOST_AUTO_TEST_CASE(a_decompressed_body_has_a_limit) {
    const std::string text(100'001, 'b');
    for (const int window : {16 + MAX_WBITS, MAX_WBITS, -MAX_WBITS}) {
        ToServer to;
        to.limits.decompress = true;
        to.limits.max_body_size = 100'000;
        const auto body = compress_with_zlib(text, window);
        to.get();
        to.say(
            std::string{"HTTP/1.1 200 OK\r\nContent-Encoding: "} +
            (window > MAX_WBITS ? "gzip" : "deflate") +
            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body
        );
        BOOST_TEST(to.error() == make_error_code(Errc::body_too_large));
        BOOST_TEST(to.response.body.size() <= 100'000U);
    }
}

BOOST_AUTO_TEST_CASE(damaged_compression_is_refused) {
    ToServer to;
    to.limits.decompress = true;
    to.get();
    to.say(gzipped_response("no gzip at all"));
    BOOST_TEST(to.error() == make_error_code(Errc::malformed_content));
}

BOOST_AUTO_TEST_CASE(a_compressed_body_that_is_cut_off_is_refused) {
    ToServer to;
    to.limits.decompress = true;
    const auto whole = gzip("hello");
    to.get();
    to.say(gzipped_response(whole.substr(0, whole.size() - 1)));
    BOOST_TEST(to.error() == make_error_code(Errc::malformed_content));
}

BOOST_AUTO_TEST_CASE(an_empty_body_needs_no_compression) {
    ToServer to;
    to.limits.decompress = true;
    to.get();
    to.say(gzipped_response(""));
    BOOST_TEST(to.response.finished());
}

BOOST_AUTO_TEST_SUITE_END()
