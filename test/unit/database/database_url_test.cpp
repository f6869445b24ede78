#include "../../../libs/database/src/database_url.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>

namespace database = tornado::database;
namespace data = boost::unit_test::data;
using database::parse_database_url;
using database::Scheme;
using database::URLErrc;

namespace {

struct BadURL {
    std::string text;
    URLErrc error;
};

std::ostream& operator<<(std::ostream& out, const BadURL& url) {
    return out << url.text;
}

const BadURL bad_urls[] = {
    {"", URLErrc::no_scheme},
    {"blog.db", URLErrc::no_scheme},
    {":memory:", URLErrc::no_scheme},
    {"oracle://host/db", URLErrc::unknown_scheme},
    {"http://host/", URLErrc::unknown_scheme},
    {"sqlite:", URLErrc::no_file},
    {"sqlite://", URLErrc::no_file},
    {"sqlite:?mode=ro", URLErrc::no_file},
    {"sqlite://host/blog.db", URLErrc::file_with_host},
    {"postgresql:blog", URLErrc::no_host_part},
    {"postgresql:/blog", URLErrc::no_host_part},
    {"mysql://a b/c", URLErrc::control_character},
    {"mysql://a\n/c", URLErrc::control_character},
    {std::string{"mysql://a\0/c", 12}, URLErrc::control_character},
    {"mysql://a/b/c", URLErrc::bad_path},
    {"mysql://a:port/c", URLErrc::bad_port},
    {"mysql://a:/c", URLErrc::bad_port},
    {"mysql://a:0/c", URLErrc::bad_port},
    {"mysql://a:65536/c", URLErrc::bad_port},
    {"mysql://a:1:2/c", URLErrc::bad_port},
    {"mysql://a;b/c", URLErrc::bad_host},
    {"mysql://[::1/c", URLErrc::bad_host},
    {"mysql://[]/c", URLErrc::bad_host},
    {"mysql://[::1]x/c", URLErrc::bad_host},
    {"mysql://a%2/c", URLErrc::bad_escape},
    {"mysql://a/c%", URLErrc::bad_escape},
    {"mysql://a/c%zz", URLErrc::bad_escape},
    {"mysql://a/c%00", URLErrc::bad_escape},
    {"mysql://u%:p@a/c", URLErrc::bad_escape},
    {"mysql://u:p%0@a/c", URLErrc::bad_escape},
    {"sqlite:a%0", URLErrc::bad_escape},
    {"sqlite:a?mode", URLErrc::bad_option},
    {"sqlite:a?=x", URLErrc::bad_option},
    {"sqlite:a?a=1&&b=2", URLErrc::bad_option},
    {"sqlite:a?m=%g0", URLErrc::bad_escape},
    {"sqlite:a?m=1&m=2", URLErrc::option_twice},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(database_url)

BOOST_AUTO_TEST_CASE(names_a_file) {
    const auto url = parse_database_url("sqlite:blog.db").value();
    BOOST_TEST((url.scheme == Scheme::sqlite));
    BOOST_TEST(url.database == "blog.db");
    BOOST_TEST(url.to_string() == "sqlite:blog.db");
    BOOST_TEST(parse_database_url("sqlite::memory:").value().database == ":memory:");
    BOOST_TEST(parse_database_url("sqlite::memory:").value().to_string() == "sqlite::memory:");
    BOOST_TEST(parse_database_url("sqlite:/var/blog.db").value().database == "/var/blog.db");
    BOOST_TEST(parse_database_url("sqlite:///var/blog.db").value().database == "/var/blog.db");
    BOOST_TEST(parse_database_url("sqlite:a%20b%3F.db").value().database == "a b?.db");
    BOOST_TEST(parse_database_url("SQLite:a").value().database == "a");
}

BOOST_AUTO_TEST_CASE(has_all_parts) {
    const auto url =
        parse_database_url("postgresql://ada:s%40c%3Aret@db.example:6543/blog?sslmode=require&a=%26"
        )
            .value();
    BOOST_TEST((url.scheme == Scheme::postgresql));
    BOOST_TEST(url.user == "ada");
    BOOST_TEST(url.password == "s@c:ret");
    BOOST_TEST(url.host == "db.example");
    BOOST_TEST(url.port == 6543);
    BOOST_TEST(url.database == "blog");
    BOOST_TEST(*url.option("sslmode") == "require");
    BOOST_TEST(*url.option("a") == "&");
    BOOST_TEST((url.option("b") == nullptr));
}

BOOST_AUTO_TEST_CASE(may_leave_parts_out) {
    const auto url = parse_database_url("mysql://").value();
    BOOST_TEST((url.scheme == Scheme::mysql));
    BOOST_TEST(url.host.empty());
    BOOST_TEST(url.user.empty());
    BOOST_TEST(url.port == 0);
    BOOST_TEST(url.database.empty());
    BOOST_TEST(parse_database_url("postgres:///blog").value().database == "blog");
    BOOST_TEST(parse_database_url("mariadb://ada@/blog?").value().user == "ada");
    BOOST_TEST(parse_database_url("mysql://host").value().host == "host");
}

BOOST_AUTO_TEST_CASE(names_addresses_and_sockets) {
    const auto address = parse_database_url("postgresql://[::1]:5433/a").value();
    BOOST_TEST(address.host == "::1");
    BOOST_TEST(address.port == 5433);
    BOOST_TEST(address.to_string() == "postgresql://[::1]:5433/a");
    BOOST_TEST(parse_database_url("postgresql://%2Frun%2Fpg/a").value().host == "/run/pg");
}

BOOST_AUTO_TEST_CASE(a_password_may_hold_an_at_sign) {
    const auto url = parse_database_url("mysql://ada:a@b@host/c").value();
    BOOST_TEST(url.password == "a@b");
    BOOST_TEST(url.host == "host");
}

BOOST_AUTO_TEST_CASE(is_shown_without_the_password) {
    const auto url =
        parse_database_url("postgresql://a%20b:secret@host:1/c%2Fd?password=secret").value();
    BOOST_TEST(url.to_string() == "postgresql://a%20b@host:1/c%2Fd");
}

BOOST_AUTO_TEST_CASE(is_read_again_as_it_is_shown) {
    for (const auto* text :
         {"sqlite:/%2Fx", "mysql://%2Ftmp%3A/x", "mysql://[::1]/%25", "sqlite:a%23%3F"}) {
        const auto url = parse_database_url(text).value();
        const auto again = parse_database_url(url.to_string()).value();
        BOOST_TEST(again.database == url.database);
        BOOST_TEST(again.host == url.host);
    }
}

BOOST_DATA_TEST_CASE(names_its_fault, data::make(bad_urls), url) {
    BOOST_TEST(parse_database_url(url.text).error() == make_error_code(url.error));
    BOOST_TEST(!make_error_code(url.error).message().empty());
}

BOOST_AUTO_TEST_SUITE_END()
