#include <tornado/httputil/chunked.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "../cpu_seconds.hpp"

namespace {

using namespace tornado::httputil;
using Status = ChunkedDecoder::Status;
namespace data = boost::unit_test::data;

/// What a decoder makes of an input that comes in pieces.
struct Decoded {
    std::string body;
    Status status = Status::need_more;
    Errc error{};
    std::size_t consumed = 0;
};

/// Feeds `input` in pieces of `first` bytes, then of `piece` bytes.
Decoded
decode(ChunkedDecoder& decoder, std::string_view input, std::size_t first, std::size_t piece) {
    Decoded decoded;
    auto size = first;
    while (decoded.status == Status::need_more && decoded.consumed < input.size()) {
        auto part = input.substr(decoded.consumed, size);
        size = piece;
        do {
            const auto step = decoder.next(part);
            part.remove_prefix(step.consumed);
            decoded.consumed += step.consumed;
            decoded.body.append(step.data);
            decoded.status = step.status;
            decoded.error = step.error;
        } while (decoded.status == Status::data);
        BOOST_TEST((part.empty() || decoded.status != Status::need_more));
    }
    return decoded;
}

Decoded decode(std::string_view input, const ChunkedLimits& limits = {}) {
    ChunkedDecoder decoder{limits};
    return decode(decoder, input, input.size(), input.size());
}

const std::string usual =
    "5\r\nhello\r\n6;name=val; other=\"quo;\\\"ted\"\r\n world\r\n00\r\nX-Sum: 1\r\nHost: evil\r\n"
    "content-length: 3\r\nTransfer-Encoding: chunked\r\nX-Fold: a\r\n b\r\n\r\n";

BOOST_AUTO_TEST_SUITE(chunked)

BOOST_AUTO_TEST_CASE(a_body_and_its_trailers_are_decoded) {
    ChunkedDecoder decoder;
    const auto input = usual + "GET /next";
    const auto decoded = decode(decoder, input, input.size(), 1);
    BOOST_TEST((decoded.status == Status::complete));
    BOOST_TEST(decoded.body == "hello world");
    BOOST_TEST(decoded.consumed == usual.size());
    BOOST_TEST(decoder.body_size() == 11U);
    BOOST_TEST(decoder.trailers().to_string() == "X-Sum: 1\nX-Fold: a b\n");
    BOOST_TEST(!decoder.trailers().is_borrowed());
}

BOOST_AUTO_TEST_CASE(any_splitting_gives_the_same) {
    for (std::size_t first = 1; first <= usual.size(); ++first) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, usual.size()}) {
            ChunkedDecoder decoder;
            const auto decoded = decode(decoder, usual, first, piece);
            BOOST_TEST((decoded.status == Status::complete));
            BOOST_TEST(decoded.body == "hello world");
            BOOST_TEST(decoded.consumed == usual.size());
            BOOST_TEST(decoder.trailers().size() == 2U);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_shorter_prefix_needs_more) {
    for (std::size_t size = 0; size < usual.size(); ++size) {
        BOOST_TEST((decode(usual.substr(0, size)).status == Status::need_more), size);
    }
}

BOOST_AUTO_TEST_CASE(reset_makes_ready_for_the_next_body) {
    ChunkedDecoder decoder;
    BOOST_TEST((decode(decoder, usual, 5, 5).status == Status::complete));
    decoder.reset();
    const auto decoded = decode(decoder, "1\r\na\r\n0\r\n\r\n", 3, 3);
    BOOST_TEST((decoded.status == Status::complete));
    BOOST_TEST(decoded.body == "a");
    BOOST_TEST(decoder.trailers().empty());
}

const std::string bad_bodies[] = {
    "\r\n",
    " 5\r\nhello",
    "0x5\r\nhello",
    "+5\r\nhello",
    "-1\r\n",
    "g\r\n",
    "5_0\r\n",
    "5\nhello\r\n",
    "5\r\r\n",
    "5\rhello",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhelloo\r\n",
    "5\r\nhello0\r\n\r\n",
    "5 \r\nhello",
    "5\t\r\nhello",
    "5 x\r\nhello",
    "5;a\nb\r\n",
    "5;a\x01\r\n",
    "5;\"a\r\n",
    "5;a{}\r\n",
    "5;\"\\\r\n",
    "0000g\r\n",
    "10000000000000000\r\n",
    "0010000000000000000\r\n",
    ";a=b\r\n",
    "5;a\r\r\n",
    "5;\xe9\r\n",
    "5;\r\n",
    "5;;a\r\n",
    "5;=b\r\n",
    "5;a=\r\n",
    "5;a \r\n",
    "5;a b\r\n",
    "5;a=b c\r\n",
    "5;a=\"b\"c\r\n",
    "5;\"a\"\r\n",
    "0\r\n\n",
    "0\r\nA: b\n\r\n",
};

BOOST_DATA_TEST_CASE(a_malformed_body_is_refused, data::make(bad_bodies), body) {
    const auto decoded = decode(body);
    BOOST_TEST((decoded.status == Status::error));
    BOOST_TEST((decoded.error == Errc::bad_chunk));
    ChunkedDecoder decoder;
    BOOST_TEST((decode(decoder, body, 1, 1).error == Errc::bad_chunk));
    BOOST_TEST((decoder.next("0\r\n\r\n").status == Status::error));
}

const std::string good_sizes[] = {
    "5",
    "05",
    "0000000000000005",
    "000000000000000000000000000000000000000000000000000000000000000000000005",
    "5 ;a",
    "5;a=b;c",
    "5;a=b ; c = d",
    "5;a=\"\";b",
    "5; a = \"\xe9 ;\""};

BOOST_DATA_TEST_CASE(a_size_line_is_accepted, data::make(good_sizes), size) {
    BOOST_TEST(decode(size + "\r\nhello\r\n0\r\n\r\n").body == "hello");
}

BOOST_AUTO_TEST_CASE(sizes_may_have_letters_of_either_case) {
    const std::string body(0xab, 'x');
    BOOST_TEST(decode("aB\r\n" + body + "\r\n0\r\n\r\n").body == body);
}

BOOST_AUTO_TEST_CASE(the_body_is_limited_before_it_comes) {
    ChunkedLimits limits;
    limits.max_body_size = 10;
    BOOST_TEST((decode("a\r\n0123456789\r\n0\r\n\r\n", limits).status == Status::complete));
    BOOST_TEST((decode("b\r\n", limits).error == Errc::body_too_large));
    BOOST_TEST((decode("6\r\n012345\r\n5\r\n", limits).error == Errc::body_too_large));
    BOOST_TEST((decode("ffffffffffffffff\r\n", limits).error == Errc::body_too_large));
    BOOST_TEST((decode("1\r\na\r\nffffffffffffffff\r\n", limits).error == Errc::body_too_large));
    ChunkedDecoder decoder{limits};
    decoder.set_max_body_size(11);
    BOOST_TEST((decode(decoder, "b\r\n0123456789a\r\n0\r\n\r\n", 99, 99).status == Status::complete)
    );
}

/// A body of so many equal chunks.
std::string chunks(int count, const std::string& size_line, std::size_t size) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += size_line + "\r\n" + std::string(size, 'x') + "\r\n";
    }
    return text + "0\r\n\r\n";
}

BOOST_AUTO_TEST_CASE(a_long_body_may_have_any_number_of_padded_sizes_and_extensions) {
    const auto accepted = [](const std::string& text) {
        return decode(text).status == Status::complete;
    };
    BOOST_TEST(accepted(chunks(1030, "00000400", 1024)));
    BOOST_TEST(accepted(chunks(5000, "00000001", 1)));
    BOOST_TEST(accepted(chunks(5000, "1;a=b", 1)));
    BOOST_TEST(accepted(chunks(100, "10000;chunk-signature=" + std::string(64, 'f'), 65'536)));
}

BOOST_AUTO_TEST_CASE(extensions_and_zeros_beyond_proportion_are_refused) {
    const auto refused = [](const std::string& text, const ChunkedLimits& limits = {}) {
        return decode(text, limits).error == Errc::bad_chunk;
    };
    BOOST_TEST(refused("1;" + std::string(10'000, 'a')));
    BOOST_TEST(refused(std::string(10'000, '0')));
    BOOST_TEST(refused(chunks(100, "1;" + std::string(100, 'a'), 1)));
    ChunkedLimits limits;
    limits.max_extension_size = 30;
    const auto of_size = [](std::size_t size) { return "1;" + std::string(size - 1, 'a'); };
    BOOST_TEST(!refused(chunks(1, of_size(30), 1), limits));
    BOOST_TEST(refused(chunks(1, of_size(31), 1), limits));
    const auto first = of_size(30) + "\r\nx\r\n";  // pays for 18
    BOOST_TEST(!refused(first + chunks(1, of_size(18), 1), limits));
    BOOST_TEST(refused(first + chunks(1, of_size(19), 1), limits));
}

BOOST_AUTO_TEST_CASE(a_bare_cr_in_a_trailer_is_refused_when_its_line_ends) {
    BOOST_TEST((decode("0\r\nA: b\rc\r\n").error == Errc::malformed_header));
    BOOST_TEST((decode("0\r\n\r\r\n").error == Errc::malformed_header));
}

BOOST_AUTO_TEST_CASE(a_malformed_trailer_is_refused_when_its_line_ends) {
    for (const std::string bad : {"A : b\r\n", "nocolon\r\n", " fold\r\n", ": v\r\n"}) {
        BOOST_TEST((decode("0\r\n" + bad).error == Errc::malformed_header), bad);
    }
    BOOST_TEST((decode("0\r\nA: b\r\nC : d\r\n").error == Errc::malformed_header));
    BOOST_TEST((decode("0\r\nA: b\r\n c\r\n").status == Status::need_more));
}

BOOST_AUTO_TEST_CASE(trailers_follow_the_rules_of_headers) {
    for (const std::string bad :
         {"a b: c\r\n", "nocolon\r\n", " fold\r\n", "A: b\rc\r\n", "A: \x01\r\n", ": v\r\n"}) {
        BOOST_TEST((decode("0\r\n" + bad + "\r\n").error == Errc::malformed_header), bad);
    }
    ChunkedLimits limits;
    limits.max_trailer_size = 10;
    BOOST_TEST((decode("0\r\nA: bcd\r\n\r\n", limits).status == Status::complete));
    BOOST_TEST((decode("0\r\nA: bcde\r\n\r\n", limits).error == Errc::header_too_large));
    ChunkedDecoder decoder{limits};
    BOOST_TEST((decode(decoder, "0\r\nA: bcdefghijkl", 1, 1).error == Errc::header_too_large));
}

BOOST_AUTO_TEST_CASE(bytes_one_by_one_cost_linear_time) {
    const auto seconds = [](std::size_t lines) {
        std::string text = "0\r\n";
        for (std::size_t i = 0; i < lines; ++i) {
            text += "A: b\r\n";
        }
        ChunkedLimits limits;
        limits.max_trailer_size = text.size() + 10;
        return least_cpu_seconds([&] {
            ChunkedDecoder decoder{limits};
            BOOST_TEST_REQUIRE((decode(decoder, text, 1, 1).status == Status::need_more));
        });
    };
    BOOST_TEST(seconds(4000) < seconds(250) * 16 * 6 + 0.01);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
