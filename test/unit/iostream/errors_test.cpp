#include <tornado/iostream/errors.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

namespace {

using namespace tornado::iostream;

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(a_closed_stream_is_told_from_other_exceptions) {
    const auto reset = std::make_error_code(std::errc::connection_reset);
    BOOST_TEST(is_stream_closed(std::make_exception_ptr(StreamClosedError{})));
    BOOST_TEST(is_stream_closed(std::make_exception_ptr(StreamClosedError{reset})));
    BOOST_TEST(!is_stream_closed(std::make_exception_ptr(StreamBufferFullError{})));
    BOOST_TEST(!is_stream_closed(std::make_exception_ptr(std::system_error{reset})));
    BOOST_TEST(!is_stream_closed(std::make_exception_ptr(1)));
    BOOST_TEST(!is_stream_closed(nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
