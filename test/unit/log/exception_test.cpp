#include <tornado/log/exception.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace sample {

struct Cancelled {};
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace sample

namespace {

using tornado::log::format_current_exception;
using tornado::log::format_exception;

BOOST_AUTO_TEST_SUITE(exception)

BOOST_AUTO_TEST_CASE(names_the_real_type_and_what) {
    BOOST_TEST(
        format_exception(std::make_exception_ptr(std::out_of_range{"too far"})) ==
        "std::out_of_range: too far"
    );
    BOOST_TEST(
        format_exception(std::make_exception_ptr(sample::Failure{"broken"})) ==
        "sample::Failure: broken"
    );
}

BOOST_AUTO_TEST_CASE(names_the_type_of_what_is_no_std_exception) {
    BOOST_TEST(
        format_exception(std::make_exception_ptr(sample::Cancelled{})) == "sample::Cancelled"
    );
    BOOST_TEST(format_exception(std::make_exception_ptr(42)) == "int");
}

BOOST_AUTO_TEST_CASE(null_is_no_exception) {
    BOOST_TEST(format_exception(nullptr) == "no exception");
}

BOOST_AUTO_TEST_CASE(knows_the_one_being_handled) {
    try {
        throw std::logic_error{"here"};
    } catch (...) {
        BOOST_TEST(format_current_exception() == "std::logic_error: here");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
