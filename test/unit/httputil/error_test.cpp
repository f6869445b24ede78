#include <tornado/httputil/error.hpp>

#include <boost/test/unit_test.hpp>
#include <set>

namespace {

using namespace tornado::httputil;

BOOST_AUTO_TEST_SUITE(error)

BOOST_AUTO_TEST_CASE(each_code_has_a_sentence_of_its_own) {
    std::set<std::string> sentences;
    const int last = static_cast<int>(Errc::malformed_date);
    for (int value = 1; value <= last; ++value) {
        sentences.insert(make_error_code(static_cast<Errc>(value)).message());
    }
    BOOST_TEST(sentences.size() == static_cast<std::size_t>(last));
    BOOST_TEST(sentences.count(make_error_code(static_cast<Errc>(last + 1)).message()) == 0U);
    BOOST_TEST(make_error_code(Errc::bad_chunk).category().name() == "tornado.http");
}

BOOST_AUTO_TEST_CASE(status_for_names_the_answer) {
    BOOST_TEST(status_for(Errc::malformed_header) == 400);
    BOOST_TEST(status_for(Errc::body_too_large) == 413);
    BOOST_TEST(status_for(Errc::target_too_long) == 414);
    BOOST_TEST(status_for(Errc::header_too_large) == 431);
    BOOST_TEST(status_for(Errc::unsupported_transfer_coding) == 501);
    BOOST_TEST(status_for(Errc::unsupported_version) == 505);
    BOOST_TEST(status_for(make_error_code(Errc::unsupported_version)) == 505);
    BOOST_TEST(status_for(std::make_error_code(std::errc::timed_out)) == 400);
}

BOOST_AUTO_TEST_CASE(input_error_keeps_its_code) {
    BOOST_TEST(HTTPInputError{Errc::bad_chunk}.code() == make_error_code(Errc::bad_chunk));
    BOOST_TEST(HTTPInputError{"text"}.code() == make_error_code(Errc::malformed_header));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
