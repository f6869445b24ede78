#include <tornado/http1connection/gzip_decoder.hpp>

#include <boost/test/unit_test.hpp>
#include <string>

#include "gzip.hpp"

namespace {

using tornado::http1connection::GzipDecoder;
using Status = GzipDecoder::Status;

/// What comes out of `input` in pieces of `piece` bytes, and how it ends.
std::string decode(std::string_view input, std::size_t piece, std::size_t most_data = 65'536) {
    GzipDecoder decoder{most_data};
    std::string text;
    while (!input.empty()) {
        auto chunk = input.substr(0, piece);
        input.remove_prefix(chunk.size());
        while (true) {
            const auto step = decoder.next(chunk);
            chunk.remove_prefix(step.consumed);
            if (step.status == Status::error) {
                return text + "[error]";
            }
            if (step.status == Status::need_more) {
                BOOST_TEST(chunk.empty());
                break;
            }
            BOOST_TEST((!step.data.empty() && step.data.size() <= most_data));
            text += step.data;
        }
    }
    return text + (decoder.is_complete() ? "[whole]" : "[cut off]");
}

BOOST_AUTO_TEST_SUITE(gzip_decoder)

BOOST_AUTO_TEST_CASE(a_body_is_decoded_whatever_its_pieces) {
    const std::string text = "Lorem ipsum dolor sit amet " + std::string(1000, 'x');
    const auto encoded = gzip(text);
    for (std::size_t piece = 1; piece <= encoded.size(); ++piece) {
        BOOST_TEST(decode(encoded, piece) == text + "[whole]");
    }
    BOOST_TEST(decode(gzip(""), 100) == "[whole]");
}

BOOST_AUTO_TEST_CASE(data_come_in_pieces_of_the_size_asked_for) {
    const std::string text(10'000, 'x');
    BOOST_TEST(decode(gzip(text), 1000, 1) == text + "[whole]");
    BOOST_TEST(decode(gzip(text), 1000, 10'000) == text + "[whole]");
    BOOST_TEST(decode(gzip(text), 3, 7) == text + "[whole]");
}

BOOST_AUTO_TEST_CASE(several_members_are_one_body) {
    const auto encoded = gzip("one ") + gzip("") + gzip("two");
    for (std::size_t piece = 1; piece <= encoded.size(); ++piece) {
        BOOST_TEST(decode(encoded, piece) == "one two[whole]");
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_cut_off_is_not_whole) {
    const auto encoded = gzip("some text");
    for (std::size_t size = 1; size < encoded.size(); ++size) {
        BOOST_TEST(decode(encoded.substr(0, size), 4).ends_with("[cut off]"));
    }
    const auto two = encoded + encoded.substr(0, 5);
    BOOST_TEST(decode(two, two.size()) == "some text[cut off]");
    BOOST_TEST(!GzipDecoder{}.is_complete());
}

BOOST_AUTO_TEST_CASE(damage_is_an_error_that_is_said_again) {
    auto encoded = gzip("some text");
    encoded[encoded.size() - 5] ^= 1;  // the checksum
    BOOST_TEST(decode(encoded, 100).ends_with("[error]"));
    BOOST_TEST(decode("plain text", 100) == "[error]");
    BOOST_TEST(decode(gzip("x") + "rubbish", 100) == "x[error]");
    GzipDecoder decoder;
    BOOST_TEST((decoder.next("plain text").status == Status::error));
    BOOST_TEST((decoder.next(gzip("x")).status == Status::error));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
