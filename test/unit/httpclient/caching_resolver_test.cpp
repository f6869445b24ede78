#include "../../../libs/httpclient/src/caching_resolver.hpp"

#include <boost/test/unit_test.hpp>
#include <tornado/testing/virtual_time.hpp>

#include "support.hpp"

namespace {

using httpclient::CachingResolver;
using netutil::ResolverErrc;

/// Says what the test wants, and counts.
class CountingResolver final : public netutil::Resolver {
public:
    void close() override { closed = true; }
    int asked = 0;
    bool closed = false;
    std::error_code error;

protected:
    Future<Addresses> look_up(std::string host, std::uint16_t port, netutil::Family) override {
        ++asked;
        if (error) {
            return Future<Addresses>::failed(
                std::make_exception_ptr(netutil::resolver_error(error, host))
            );
        }
        const auto last = std::to_string(asked % 250 + 1);
        return Future<Addresses>::ready(Addresses{netutil::Address{"10.0.0." + last, port}});
    }
};

struct CachingTest : testing::AsyncTestCase {
    std::string resolve(const std::string& host, int port = 80) {
        try {
            return run([&] { return resolver.resolve(host, port); }).front().host();
        } catch (const std::system_error& failed) {
            error = failed.code();
            return failed.what();
        }
    }
    std::shared_ptr<CountingResolver> counting = std::make_shared<CountingResolver>();
    testing::VirtualTime time{io_loop()};
    CachingResolver resolver{counting, 60s};
    std::error_code error;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(caching_resolver, CachingTest)

BOOST_AUTO_TEST_CASE(knows_a_host_for_a_while) {
    const auto first = resolve("a.com");
    time.advance(59s);
    BOOST_TEST(resolve("a.com") == first);
    BOOST_TEST(counting->asked == 1);
    time.advance(2s);
    BOOST_TEST(resolve("a.com") != first);
    BOOST_TEST(counting->asked == 2);
}

BOOST_AUTO_TEST_CASE(tells_hosts_and_ports_apart) {
    resolve("a.com");
    resolve("b.com");
    resolve("a.com", 81);
    BOOST_TEST(counting->asked == 3);
}

BOOST_AUTO_TEST_CASE(does_not_know_for_long_that_there_is_no_host) {
    counting->error = make_error_code(ResolverErrc::name_not_known);
    const auto sentence = resolve("a.com");
    BOOST_TEST(resolve("a.com") == sentence);
    BOOST_TEST(error == counting->error);
    BOOST_TEST(counting->asked == 1);
    counting->error = {};
    time.advance(6s);
    BOOST_TEST(resolve("a.com").starts_with("10."));
    BOOST_TEST(counting->asked == 2);
}

BOOST_AUTO_TEST_CASE(forgets_other_failures_at_once) {
    counting->error = make_error_code(ResolverErrc::temporary_failure);
    resolve("a.com");
    counting->error = {};
    BOOST_TEST(resolve("a.com").starts_with("10."));
}

BOOST_AUTO_TEST_CASE(is_bounded) {
    for (int i = 0; i < 257; ++i) {
        resolve("host" + std::to_string(i));
    }
    BOOST_TEST(counting->asked == 257);
    resolve("host256");
    BOOST_TEST(counting->asked == 257);
    resolve("host0");
    BOOST_TEST(counting->asked == 258);
}

BOOST_AUTO_TEST_CASE(asks_each_time_for_numeric_addresses_which_costs_nothing) {
    resolve("127.0.0.1");
    resolve("127.0.0.1");
    BOOST_TEST(counting->asked == 2);
}

BOOST_AUTO_TEST_CASE(closes_the_other) {
    resolver.close();
    BOOST_TEST(counting->closed);
}

BOOST_AUTO_TEST_SUITE_END()
