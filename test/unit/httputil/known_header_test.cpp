#include <tornado/httputil/known_header.hpp>

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

using namespace tornado::httputil;

BOOST_AUTO_TEST_SUITE(known_header_names)

BOOST_AUTO_TEST_CASE(every_name_is_found_in_any_case) {
    for (int i = 1; i < known_header_count; ++i) {
        const auto header = static_cast<KnownHeader>(i);
        std::string name{header_name(header)};
        BOOST_TEST(!name.empty());
        BOOST_TEST((known_header(name) == header), name);
        for (auto& c : name) {
            c = static_cast<char>(std::tolower(c));
        }
        BOOST_TEST((known_header(name) == header), name);
        for (auto& c : name) {
            c = static_cast<char>(std::toupper(c));
        }
        BOOST_TEST((known_header(name) == header), name);
    }
}

BOOST_AUTO_TEST_CASE(enumerators_go_with_their_names) {
    BOOST_TEST(header_name(KnownHeader::other) == "");
    BOOST_TEST(header_name(KnownHeader::accept) == "Accept");
    BOOST_TEST(header_name(KnownHeader::host) == "Host");
    BOOST_TEST(header_name(KnownHeader::transfer_encoding) == "Transfer-Encoding");
    BOOST_TEST(header_name(KnownHeader::x_xsrftoken) == "X-Xsrftoken");
    BOOST_TEST((known_header("content-length") == KnownHeader::content_length));
    BOOST_TEST((known_header("TE") == KnownHeader::te));
}

BOOST_AUTO_TEST_CASE(a_change_of_any_byte_makes_it_another_name) {
    for (int i = 1; i < known_header_count; ++i) {
        const std::string name{header_name(static_cast<KnownHeader>(i))};
        for (std::size_t at = 0; at < name.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                auto other = name;
                other[at] = static_cast<char>(other[at] ^ (1 << bit));
                const bool letter = std::isalpha(static_cast<unsigned char>(name[at])) != 0;
                if (!(letter && bit == 5)) {
                    BOOST_TEST((known_header(other) != static_cast<KnownHeader>(i)), other);
                }
            }
        }
        BOOST_TEST((known_header(name + "x") == KnownHeader::other), name);
        BOOST_TEST((known_header(name.substr(1)) != static_cast<KnownHeader>(i)), name);
    }
    BOOST_TEST((known_header("") == KnownHeader::other));
    BOOST_TEST((known_header(std::string(70000, 'a')) == KnownHeader::other));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
