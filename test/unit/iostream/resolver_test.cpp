#include <tornado/iostream/resolver.hpp>

#include <netdb.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <tornado/netutil.hpp>
#include <vector>

#include "support.hpp"

namespace data = boost::unit_test::data;

namespace {

using tornado::Future;
using tornado::netutil::Address;
using tornado::netutil::Family;
using tornado::netutil::is_valid_ip;
using tornado::netutil::numeric_address;
using tornado::netutil::OverrideResolver;
using tornado::netutil::Resolver;
using tornado::netutil::resolver_error;
using tornado::netutil::ResolverErrc;
using tornado::netutil::ThreadedResolver;

/// Finds every host at one address, and remembers who was asked for.
struct FixedResolver : Resolver {
    Future<Addresses> look_up(std::string host, std::uint16_t port, Family) override {
        asked = std::move(host);
        Addresses found{Address("192.0.2.7", port)};
        return Future<Addresses>::ready(std::move(found));
    }
    std::string asked;
};

BOOST_AUTO_TEST_SUITE(resolver)

const std::string bad_names[] = {
    "",
    std::string("www\0.example.com", 16),
    std::string(254, 'a'),
    std::string(254, 'a') + ".",
};

BOOST_DATA_TEST_CASE(refuses_what_cannot_be_a_name, data::make(bad_names), name) {
    tornado::ioloop::IOLoop loop;
    FixedResolver resolver;
    const auto found = resolver.resolve(name, 80);
    BOOST_TEST(found.done());
    try {
        static_cast<void>(found.result());
        BOOST_ERROR("this is no name");
    } catch (const std::system_error& error) {
        BOOST_TEST((error.code() == ResolverErrc::bad_name));
        const std::string what = error.what();
        BOOST_TEST(what.find("cannot resolve") == 0U);
        BOOST_TEST(what.size() < 200U);
    }
    BOOST_TEST(resolver.asked == "");
}

BOOST_AUTO_TEST_CASE(takes_the_longest_name_also_with_a_dot) {
    tornado::ioloop::IOLoop loop;
    FixedResolver resolver;
    const std::string longest(253, 'a');
    BOOST_TEST(resolver.resolve(longest, 80).result().size() == 1U);
    BOOST_TEST(resolver.resolve(longest + ".", 80).result().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_port_beyond_the_range_is_misuse) {
    tornado::ioloop::IOLoop loop;
    FixedResolver resolver;
    BOOST_CHECK_THROW(resolver.resolve("localhost", 65'536), std::invalid_argument);
    BOOST_CHECK_THROW(resolver.resolve("localhost", -1), std::invalid_argument);
    BOOST_TEST(resolver.resolve("localhost", 65'535).result().front().port() == 65'535);
}

BOOST_AUTO_TEST_CASE(an_error_says_the_host_and_the_reason) {
    const auto error = resolver_error(ResolverErrc::name_not_known, "www.example.com");
    BOOST_TEST(
        std::string{error.what()} == "cannot resolve \"www.example.com\": Name or service not known"
    );
    const auto ugly = resolver_error(ResolverErrc::name_not_known, "a\nb\x7f");
    BOOST_TEST(std::string{ugly.what()}.find("\"a?b?\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_error_has_its_sentence) {
    for (const auto error :
         {ResolverErrc::bad_name,
          ResolverErrc::name_not_known,
          ResolverErrc::no_address,
          ResolverErrc::temporary_failure,
          ResolverErrc::failure}) {
        BOOST_TEST(make_error_code(error).message() != "unknown error");
    }
    BOOST_TEST(tornado::netutil::resolver_category().message(99) == "unknown error");
    BOOST_TEST(std::string{tornado::netutil::resolver_category().name()} == "tornado.resolver");
}

BOOST_AUTO_TEST_CASE(make_makes_what_was_configured) {
    BOOST_TEST((dynamic_cast<ThreadedResolver*>(Resolver::make().get()) != nullptr));
    Resolver::configure([] { return std::make_shared<FixedResolver>(); });
    BOOST_TEST((dynamic_cast<FixedResolver*>(Resolver::make().get()) != nullptr));
    Resolver::configure(nullptr);
    BOOST_TEST((dynamic_cast<ThreadedResolver*>(Resolver::make().get()) != nullptr));
}

BOOST_AUTO_TEST_CASE(a_numeric_address_is_of_its_family_only) {
    BOOST_TEST(numeric_address("192.0.2.1", 80, Family::any).size() == 1U);
    BOOST_TEST(numeric_address("192.0.2.1", 80, Family::ipv4).front().host() == "192.0.2.1");
    BOOST_TEST(numeric_address("::1", 80, Family::ipv6).front().port() == 80);
    BOOST_TEST(numeric_address("localhost", 80, Family::any).empty());
    BOOST_CHECK_THROW(
        static_cast<void>(numeric_address("::1", 80, Family::ipv4)), std::system_error
    );
    BOOST_CHECK_THROW(
        static_cast<void>(numeric_address("127.0.0.1", 80, Family::ipv6)), std::system_error
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(override_resolver)

struct OverrideFixture {
    std::string asked_for(const std::string& host, int port, Family family = Family::any) {
        const auto found = resolver.resolve(host, port, family).result();
        return fixed->asked + " " + std::to_string(found.front().port());
    }

    tornado::ioloop::IOLoop loop;
    std::shared_ptr<FixedResolver> fixed = std::make_shared<FixedResolver>();
    OverrideResolver resolver{fixed};
};

BOOST_FIXTURE_TEST_CASE(the_most_specific_entry_counts, OverrideFixture) {
    resolver.map("example.com", "one")
        .map("example.com", 443, "two", 1443)
        .map("example.com", 443, Family::ipv6, "three", 2443);
    BOOST_TEST(asked_for("example.com", 80) == "one 80");
    BOOST_TEST(asked_for("example.com", 443) == "two 1443");
    BOOST_TEST(asked_for("example.com", 443, Family::ipv4) == "two 1443");
    BOOST_TEST(asked_for("example.com", 443, Family::ipv6) == "three 2443");
    BOOST_TEST(asked_for("other.example.com", 443) == "other.example.com 443");
}

BOOST_FIXTURE_TEST_CASE(a_later_entry_replaces_the_former, OverrideFixture) {
    resolver.map("example.com", "one").map("example.com", "two");
    BOOST_TEST(asked_for("example.com", 80) == "two 80");
}

BOOST_FIXTURE_TEST_CASE(numeric_addresses_can_be_overridden_too, OverrideFixture) {
    resolver.map("192.0.2.9", "one");
    BOOST_TEST(asked_for("192.0.2.9", 80) == "one 80");
}

BOOST_FIXTURE_TEST_CASE(what_it_is_mapped_to_must_be_a_name_as_well, OverrideFixture) {
    resolver.map("example.com", "");
    BOOST_CHECK_THROW(
        static_cast<void>(resolver.resolve("example.com", 80).result()), std::system_error
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(is_valid_ip_suite)

BOOST_DATA_TEST_CASE(
    accepts,
    data::make(std::vector<std::string>{
        "127.0.0.1",
        "4.4.4.4",
        "0.0.0.0",
        "::1",
        "::",
        "2620:0:1cfe:face:b00c::3",
        "::ffff:1.2.3.4"}),
    text
) {
    BOOST_TEST(is_valid_ip(text));
}

BOOST_DATA_TEST_CASE(
    refuses,
    data::make(std::vector<std::string>{
        "www.google.com",
        "localhost",
        "4.4.4.4<",
        " 127.0.0.1",
        "1.2.3.4.5",
        "",
        " ",
        "\n",
        std::string(1, '\0'),
        std::string("1.1.1.1\0", 8),
        std::string(100, 'a'),
        std::string(100, '1'),
        "::1%nowhere",
        "127.1"}),
    text
) {
    BOOST_TEST(!is_valid_ip(text));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
