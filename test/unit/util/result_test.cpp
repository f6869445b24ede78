#include <tornado/util/result.hpp>

#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>
#include <string>

namespace {

using tornado::Result;

Result<std::string> parse(bool good) {
    if (!good) {
        return std::make_error_code(std::errc::invalid_argument);
    }
    return std::string{"value"};
}

BOOST_AUTO_TEST_SUITE(result)

BOOST_AUTO_TEST_CASE(holds_a_value) {
    const auto result = parse(true);
    BOOST_TEST(result.has_value());
    BOOST_TEST(*result == "value");
    BOOST_TEST(result.error() == std::error_code{});
}

BOOST_AUTO_TEST_CASE(holds_an_error_and_value_throws_it) {
    const auto result = parse(false);
    BOOST_TEST(result.has_error());
    BOOST_TEST(result.value_or("other") == "other");
    BOOST_CHECK_THROW(static_cast<void>(result.value()), std::system_error);
}

BOOST_AUTO_TEST_CASE(gives_its_value_away_to_whoever_moves_it) {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(4);
    BOOST_TEST(*result.value() == 4);
    const auto taken = std::move(result).value();
    BOOST_TEST(*taken == 4);
    BOOST_TEST((*result == nullptr));
}

BOOST_AUTO_TEST_CASE(an_error_enumerator_converts) {
    const Result<int> failed = std::future_errc::broken_promise;
    BOOST_TEST(failed.error() == std::make_error_code(std::future_errc::broken_promise));
    BOOST_TEST(!failed);
    const Result<void> nothing = std::future_errc::no_state;
    BOOST_TEST(nothing.has_error());
}

BOOST_AUTO_TEST_CASE(void_result_succeeds_by_default) {
    BOOST_TEST(Result<void>{}.has_value());
    BOOST_CHECK_THROW(
        Result<void>{std::make_error_code(std::errc::timed_out)}.value(), std::system_error
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
