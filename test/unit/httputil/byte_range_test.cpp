#include <tornado/httputil/byte_range.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace tornado::httputil;
namespace data = boost::unit_test::data;

/// The ranges that `field` gets of `size` bytes as text, "none", or "ignored".
std::string ranges_of(std::string_view field, std::uint64_t size) {
    const auto ranges = parse_range(field, size);
    if (!ranges) {
        return "ignored";
    }
    std::string text;
    for (const auto& range : *ranges) {
        text += (text.empty() ? "" : ",") + std::to_string(range.first) + "-" +
                std::to_string(range.last);
    }
    return text.empty() ? "none" : text;
}

BOOST_AUTO_TEST_SUITE(byte_range)

const std::tuple<std::string, std::string> of_a_hundred[] = {
    {"bytes=0-49", "0-49"},
    {"bytes=50-", "50-99"},
    {"bytes=-10", "90-99"},
    {"bytes=-200", "0-99"},
    {"bytes=99-99", "99-99"},
    {"bytes=0-99", "0-99"},
    {"bytes=0-1000", "0-99"},
    {"bytes=0-99999999999999999999999999", "0-99"},
    {"Bytes=0-1 , 5-6,\t-1", "0-1,5-6,99-99"},
    {"bytes=0-0,,1-1,", "0-0,1-1"},
    {"bytes=100-", "none"},
    {"bytes=-0", "none"},
    {"bytes=200-300", "none"},
    {"bytes=200-300,-1", "99-99"},
};

BOOST_DATA_TEST_CASE(of_a_hundred_bytes, data::make(of_a_hundred), field, expected) {
    BOOST_TEST(ranges_of(field, 100) == expected);
}

const std::string to_be_ignored[] = {
    "",
    "bytes",
    "bytes=",
    "bytes=,",
    "bytes=-",
    "bytes=5-4",
    "bytes=a-b",
    "bytes=0x1-2",
    "bytes=+1-2",
    "bytes=1-2-3",
    "bytes=--1",
    "bytes =0-1",
    "bytes= 0-1",
    "bytes=\t0-1",
    "bytes=1 -2",
    "bytes=0-1,x",
    "items=0-1",
    "0-1",
};

BOOST_DATA_TEST_CASE(ignores, data::make(to_be_ignored), field) {
    BOOST_TEST(ranges_of(field, 100) == "ignored");
}

BOOST_AUTO_TEST_CASE(of_nothing_no_range_can_be_had) {
    BOOST_TEST(ranges_of("bytes=0-", 0) == "none");
    BOOST_TEST(ranges_of("bytes=-1", 0) == "ignored");
    BOOST_TEST(ranges_of("bytes=-0", 0) == "none");
}

BOOST_AUTO_TEST_CASE(more_ranges_than_allowed_are_ignored) {
    BOOST_TEST(parse_range("bytes=0-0,1-1", 100, 2).value().size() == 2U);
    BOOST_TEST(!parse_range("bytes=0-0,1-1,2-2", 100, 2).has_value());
}

BOOST_AUTO_TEST_CASE(content_range_says_which_and_of_how_many) {
    BOOST_TEST(content_range({0, 499}, 1234) == "bytes 0-499/1234");
    BOOST_TEST(unsatisfied_range(1234) == "bytes */1234");
    BOOST_TEST((ByteRange{0, 499}).size() == 500U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
