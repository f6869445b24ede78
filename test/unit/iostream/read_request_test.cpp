#include "../../../libs/iostream/src/read_request.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ctime>
#include <ostream>
#include <stdexcept>
#include <string>

namespace data = boost::unit_test::data;

namespace {

using tornado::iostream::ReadRequest;
using Verdict = ReadRequest::Verdict;

/// What a request says of input that comes byte by byte: how many it wants when it has enough, and
/// how many had come by then.
struct Outcome {
    std::size_t count;
    std::size_t come;
    bool operator==(const Outcome&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
        return out << outcome.count << " of " << outcome.come;
    }
};

constexpr Outcome nothing{0, 0};

Outcome feed(ReadRequest request, const std::string& input, std::size_t step) {
    for (std::size_t come = 0; come <= input.size(); come += step) {
        const auto answer = request.judge(std::string_view{input}.substr(0, come));
        if (answer.verdict == Verdict::satisfied) {
            return {answer.count, come};
        }
    }
    return nothing;
}

BOOST_AUTO_TEST_SUITE(read_request)

BOOST_AUTO_TEST_CASE(a_delimiter_is_found_however_it_is_split) {
    for (std::size_t step = 1; step <= 6; ++step) {
        const auto outcome =
            feed(ReadRequest::until("\r\n\r\n", 0), "a\r\n\rb\r\n\r\nrest..", step);
        BOOST_TEST(outcome.count == 9U);
    }
    BOOST_TEST(feed(ReadRequest::until("\r\n\r\n", 0), "a\r\n\r\n", 1) == (Outcome{5, 5}));
}

BOOST_AUTO_TEST_CASE(a_delimiter_that_repeats_itself_is_found_at_its_first_place) {
    BOOST_TEST(feed(ReadRequest::until("aab", 0), "aaab", 1) == (Outcome{4, 4}));
}

BOOST_AUTO_TEST_CASE(max_bytes_counts_the_delimiter) {
    BOOST_TEST((ReadRequest::until("def", 6).judge("abcdefgh").verdict == Verdict::satisfied));
    BOOST_TEST((ReadRequest::until("def", 5).judge("abcdefgh").verdict == Verdict::never));
    BOOST_TEST((ReadRequest::until("def", 5).judge("abcd").verdict == Verdict::more));
    BOOST_TEST((ReadRequest::until("def", 5).judge("abcde").verdict == Verdict::never));
    BOOST_TEST((ReadRequest::until_regex("d.f", 5).judge("abcdefgh").verdict == Verdict::never));
    BOOST_TEST((ReadRequest::until_regex("d.f", 6).judge("abcdefgh").verdict == Verdict::satisfied)
    );
}

BOOST_AUTO_TEST_CASE(a_malformed_expression_is_refused) {
    BOOST_CHECK_THROW(ReadRequest::until_regex("(", 0), std::invalid_argument);
}

struct RegexCase {
    std::string regex;
    std::string end;
    std::size_t count;  ///< of `end`, when it follows the filling
    friend std::ostream& operator<<(std::ostream& out, const RegexCase& each) {
        return out << each.regex;
    }
};

// Each begins behind, or within, what was searched before.
const RegexCase regex_cases[] = {
    {"\r?\n\r?\n", "\r\n\r\nrest", 4},
    {"foo(?=bar)", "foobar", 3},
    {"(?<=x)yz", "yz", 2},
    {"\\bend", " end", 4},
    {"^line$", "\nline\n", 5},
    {"q[a-c]*d|zz", "qabczz", 6},
};

BOOST_DATA_TEST_CASE(a_match_is_found_however_it_is_split, data::make(regex_cases), each) {
    const std::string filling(10'000, 'x');
    for (const std::size_t step : {1000U, 4999U, 10'001U, 10'002U}) {
        auto request = ReadRequest::until_regex(each.regex, 0);
        std::size_t come = step;
        for (; come < filling.size(); come += step) {
            const auto answer = request.judge(std::string_view{filling}.substr(0, come));
            BOOST_TEST((answer.verdict == Verdict::more));
        }
        const auto input = filling + each.end;
        BOOST_TEST(
            (request.judge(std::string_view{input}.substr(0, filling.size() + 1)).verdict ==
             Verdict::more)
        );
        const auto answer = request.judge(input);
        BOOST_TEST((answer.verdict == Verdict::satisfied));
        BOOST_TEST(answer.count == filling.size() + each.count);
    }
}

BOOST_AUTO_TEST_CASE(where_a_search_goes_on_is_no_beginning) {
    const std::string filling(10'000, 'x');
    for (const auto* regex : {"^end", "\\bend", "(?<!x)end", "\\Aend"}) {
        auto request = ReadRequest::until_regex(regex, 0);
        BOOST_TEST((request.judge(filling).verdict == Verdict::more));
        BOOST_TEST((request.judge(filling + "end").verdict == Verdict::more));
    }
}

BOOST_AUTO_TEST_CASE(searching_large_input_for_an_expression_takes_linear_time) {
    const auto time_for = [](std::size_t size) {
        const std::string input(size, 'x');
        auto request = ReadRequest::until_regex("a*\n\n", 0);
        const auto start = std::clock();  // of this process: others may be busy
        for (std::size_t come = 5000; come <= size; come += 5000) {
            BOOST_REQUIRE(
                (request.judge(std::string_view{input}.substr(0, come)).verdict == Verdict::more)
            );
        }
        return std::clock() - start;
    };
    const auto some = time_for(500'000);
    // Ten times as much when it is linear, a hundred times when it is quadratic.
    BOOST_TEST(time_for(5'000'000) < 40 * some);
}

BOOST_AUTO_TEST_CASE(a_search_that_explodes_is_given_up) {
    auto request = ReadRequest::until_regex("^(a+)+(a+)+(a+)+(a+)+$b", 0);
    const auto answer = request.judge(std::string(60, 'a') + "c");
    BOOST_TEST((answer.verdict == Verdict::too_complex));
}

BOOST_AUTO_TEST_CASE(at_the_end_only_what_has_come_counts) {
    BOOST_TEST((ReadRequest::bytes(3, false).judge_at_end("ab").verdict == Verdict::never));
    BOOST_TEST(ReadRequest::bytes(3, true).judge_at_end("ab").count == 2U);
    BOOST_TEST(ReadRequest::until_close().judge_at_end("ab").count == 2U);
    BOOST_TEST((ReadRequest::until_close().judge_at_end("").verdict == Verdict::satisfied));
    BOOST_TEST((ReadRequest::until("x", 0).judge_at_end("ab").verdict == Verdict::never));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
