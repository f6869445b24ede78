#ifdef TORNADO_HAS_LIBPQ
#include <tornado/database/connection.hpp>
#include <tornado/iostream/resolver.hpp>

#include <cstdlib>
#include <string>

#include "database_fixture.hpp"
#include "driver_fixture.hpp"

// Whom a postgresql URL means, and that nobody but the resolver looks that up.

namespace database = tornado::database;
namespace netutil = tornado::netutil;

namespace {

/// Knows db.example, which is this machine, and nothing else.
class OneHostResolver final : public netutil::Resolver {
    tornado::Future<Addresses> look_up(std::string host, std::uint16_t port, netutil::Family family)
        override {
        if (host != "db.example") {
            throw netutil::resolver_error(netutil::ResolverErrc::name_not_known, host);
        }
        co_return netutil::numeric_address("127.0.0.1", port, family);
    }
};

struct HostFixture : LoopFixture {
    HostFixture() : server{Servers::instance().get("postgresql")} {
        netutil::Resolver::configure([] { return std::make_shared<OneHostResolver>(); });
    }
    ~HostFixture() { netutil::Resolver::configure(nullptr); }

    /// The server's URL without its host, and with these options.
    [[nodiscard]] std::string without_host(const std::string& options) const {
        auto url = server.url + options;
        return url.erase(url.find("127.0.0.1"), 9);
    }
    bool answers(const std::string& url) {
        database::Connection db{url};
        return wait(db.get("SELECT 1"))->get<int>(0) == 1;
    }

    const Servers::Server server;
};

/// A variable of the environment, for a while.
class Variable {
public:
    Variable(const char* name, const char* value) : name_{name} { ::setenv(name, value, 1); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { ::unsetenv(name_); }

private:
    const char* name_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(
    postgresql_connection,
    *boost::unit_test::precondition(NeedsServer{"postgresql"})
)

BOOST_FIXTURE_TEST_CASE(a_host_among_the_options_is_resolved_without_blocking, HostFixture) {
    BOOST_TEST(answers(without_host("?host=db.example")));
}

BOOST_FIXTURE_TEST_CASE(the_first_of_several_hosts_that_answers_is_taken, HostFixture) {
    BOOST_TEST(answers(without_host("?host=%2Fnowhere,no.example,db.example")));
}

BOOST_FIXTURE_TEST_CASE(the_host_of_the_environment_is_resolved_without_blocking, HostFixture) {
    const Variable usual{"PGHOST", "db.example"};
    BOOST_TEST(answers(without_host("")));
}

BOOST_FIXTURE_TEST_CASE(a_host_that_is_given_twice_is_refused, HostFixture) {
    BOOST_CHECK_THROW(
        database::Connection{server.url + "?host=db.example"}, database::InterfaceError
    );
}

BOOST_AUTO_TEST_SUITE_END()
#endif
