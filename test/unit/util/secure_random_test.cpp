#include <tornado/util/secure_random.hpp>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

namespace {

using tornado::util::fill_secure_random;
using tornado::util::secure_random_bytes;

BOOST_AUTO_TEST_SUITE(secure_random)

BOOST_AUTO_TEST_CASE(gives_as_many_bytes_as_asked_for) {
    for (const std::size_t size : {0U, 1U, 32U, 257U, 1'000'000U}) {
        BOOST_TEST(secure_random_bytes(size).size() == size);
    }
}

BOOST_AUTO_TEST_CASE(never_gives_the_same_bytes_again) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(seen.insert(secure_random_bytes(16)).second);
    }
}

BOOST_AUTO_TEST_CASE(fills_the_whole_of_a_long_request) {
    const auto bytes = secure_random_bytes(100'000);
    const std::string_view end{bytes.data() + bytes.size() - 64, 64};
    BOOST_TEST(std::count(end.begin(), end.end(), '\0') < 16);
    std::set<char> values{bytes.begin(), bytes.end()};
    BOOST_TEST(values.size() == 256U);
}

BOOST_AUTO_TEST_CASE(writes_nothing_beyond_what_it_is_given) {
    std::array<std::byte, 48> bytes{};
    fill_secure_random(std::span{bytes}.subspan(16, 16));
    const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
    BOOST_TEST(std::all_of(bytes.begin(), bytes.begin() + 16, is_zero));
    BOOST_TEST(std::all_of(bytes.begin() + 32, bytes.end(), is_zero));
    BOOST_TEST(!std::all_of(bytes.begin() + 16, bytes.begin() + 32, is_zero));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
