#include "../../../libs/postgresql_pubsub/src/parts.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <tornado/database/listener.hpp>

using tornado::postgresql_pubsub::Assembler;
using tornado::postgresql_pubsub::split_message;
namespace data = boost::unit_test::data;

namespace {

constexpr std::size_t most = tornado::database::max_notification;

std::string bytes(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text.push_back(static_cast<char>(i * 7 + i / 251));
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parts)

const std::size_t sizes[] = {0, 1, 2, 3, 4, 100, 5946, 5947, 5948, 5949, 11'894, 11'895, 1'048'576};

BOOST_DATA_TEST_CASE(messages_of_every_size_come_back, data::make(sizes), size) {
    const auto message = bytes(size);
    const auto payloads = split_message(message, ~std::uint64_t{0}, ~std::uint64_t{0}, most);
    const std::set<std::string> different{payloads.begin(), payloads.end()};
    BOOST_TEST(different.size() == payloads.size());
    Assembler assembler{size};
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        BOOST_TEST(payloads[i].size() <= most);
        BOOST_TEST(payloads[i].find('\0') == std::string::npos);
        const auto whole = assembler.add(payloads[i]);
        BOOST_TEST(whole.has_value() == (i + 1 == payloads.size()));
        BOOST_TEST(whole.value_or(message) == message);
    }
    BOOST_TEST(assembler.refused() == 0U);
}

BOOST_AUTO_TEST_CASE(no_more_parts_than_needed) {
    BOOST_TEST(split_message(bytes(5900), 1, 1, most).size() == 1U);
    BOOST_TEST(split_message(bytes(11'800), 1, 1, most).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_message_that_lacks_a_part_is_lost_and_the_next_is_not) {
    const auto first = split_message(bytes(20'000), 1, 1, most);
    const auto second = split_message(bytes(20'000), 1, 2, most);
    for (std::size_t missing = 0; missing < first.size(); ++missing) {
        Assembler assembler{100'000};
        for (std::size_t i = 0; i < first.size(); ++i) {
            if (i != missing) {
                BOOST_TEST(!assembler.add(first[i]));
            }
        }
        int whole = 0;
        for (const auto& payload : second) {
            whole += assembler.add(payload) ? 1 : 0;
        }
        BOOST_TEST(whole == 1);
        BOOST_TEST(assembler.refused() > 0U);
    }
}

BOOST_AUTO_TEST_CASE(parts_of_different_messages_are_not_mixed) {
    const auto ours = split_message(bytes(20'000), 1, 1, most);
    const auto others = split_message(bytes(20'000), 2, 1, most);
    Assembler assembler{100'000};
    BOOST_TEST(!assembler.add(ours[0]));
    for (std::size_t i = 1; i < others.size(); ++i) {
        BOOST_TEST(!assembler.add(others[i]));
    }
    BOOST_TEST(assembler.refused() == others.size() - 1);
}

const std::string senseless[] = {
    "",
    "x",
    "1.1.0.1",
    "1.1.0.1:A",
    "1.1.0.1:AAA",
    "1.1.0.1:=AAA",
    "1.1.0.1:A=AA",
    "1.1.0.1:AA=A",
    "1.1.0.1:AAA\n",
    "1.1.0.1:AAA=AAAA",
    "1.1.1.1:AAAA",
    "1.1.0.0:",
    "1.1.-1.1:AAAA",
    "1.1.0.x:AAAA",
    "1.1.0:AAAA",
    "11111111111111111.1.0.1:AAAA",
    "1.1.0.1:AAAAAAAAAAAAAAAAAAAAAAAA"};

BOOST_DATA_TEST_CASE(what_is_no_part_is_refused, data::make(senseless), payload) {
    Assembler assembler{10};
    BOOST_TEST(!assembler.add(payload));
    BOOST_TEST(assembler.refused() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
