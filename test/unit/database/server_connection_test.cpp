#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "driver_fixture.hpp"

// What the connections of all servers have in common, below the pool.

namespace database = tornado::database;
namespace data = boost::unit_test::data;
using database::FaultKind;

namespace {

/// A kind of server, and its words for what these tests need.
struct ServerKind {
    std::string name;
    std::string scheme;
    std::unique_ptr<database::Driver> (*make_driver
    )(const database::DatabaseURL&, const database::ConnectionOptions&);
    std::string own_id;
    std::string end_other;   ///< with an identifier as its parameter
    std::string is_busy;     ///< counts who does what its parameter is like
    std::string sleeps;      ///< a query that takes longer than any test
    std::string many_rows;   ///< one with more rows than fit into any buffer
    std::string was_killed;  ///< the code of a query that is cancelled
    std::string wrong_password;
    std::string no_database;
};

std::ostream& operator<<(std::ostream& out, const ServerKind& kind) {
    return out << kind.name;
}

/// Those that are here, or the one that TORNADO_TEST_DATABASE names.
std::vector<ServerKind> servers() {
    std::vector<ServerKind> kinds;
#ifdef TORNADO_HAS_LIBPQ
    if (Servers::is_wanted("postgresql")) {
        kinds.push_back(
            {"postgresql",
             "postgresql",
             &database::make_postgresql_driver,
             "SELECT pg_backend_pid()",
             "SELECT pg_terminate_backend(?)",
             "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE ?",
             "SELECT pg_sleep(1000)",
             "SELECT generate_series(1, 100000000)",
             "57014",
             "28P01",
             "3D000"}
        );
    }
#endif
#ifdef TORNADO_HAS_MARIADB
    if (Servers::is_wanted("mariadb")) {
        kinds.push_back(
            {"mariadb",
             "mysql",
             &database::make_mariadb_driver,
             "SELECT connection_id()",
             "KILL ?",
             "SELECT count(*) FROM information_schema.processlist WHERE info LIKE ?",
             // sleep() ends without an error when it is killed
             "SELECT count(*) FROM seq_1_to_100000000000 WHERE seq % 7 = 8",
             "SELECT seq FROM seq_1_to_100000000",
             "1317",
             "1045",
             "1049"}
        );
    }
#endif
    return kinds;
}

class ServerFixture : public DriverFixture {
public:
    explicit ServerFixture(const ServerKind& its)
        : kind{its},
          server{Servers::instance().get(its.name)} {
        make_driver(server.url);
        connect();
    }
    void make_driver(const std::string& url) {
        driver = kind.make_driver(database::parse_database_url(url).value(), options);
    }
    std::string own_id() { return get(kind.own_id)->text(); }
    /// Asks what takes its time, and waits until the server is at it.
    std::shared_ptr<Asked> ask_slow() {
        auto asked = ask(kind.sleeps);
        auto mine = std::exchange(connection, wait(driver->connect()));
        std::string like;
        for (const char c : kind.sleeps.substr(0, 30)) {  // by which it is told from what asks
            like += c == '_' ? std::string{"\\_"} : std::string{c};
        }
        while (get(kind.is_busy, like + "%")->text() == "0") {
        }
        connection = std::move(mine);
        return asked;
    }
    /// Has the server end this connection, from another, which is the present one then.
    std::unique_ptr<database::BackendConnection> end_this() {
        const auto id = own_number;
        auto mine = std::exchange(connection, nullptr);
        connect();
        get(kind.end_other, id);
        until([&] { return lost.has_value(); });
        return mine;
    }
    Fault failure_to_connect(const std::string& url) {
        make_driver(url);
        try {
            wait(driver->connect());
        } catch (const database::ConnectFault& failure) {
            return failure.fault;
        }
        BOOST_FAIL("it has been connected");
        return {};
    }

    ServerKind kind;
    const Servers::Server& server;
    int own_number = 0;
};

/// The descriptor of this process that is connected with the port of a URL, or -1.
int socket_to(const std::string& url) {
    const auto port = database::parse_database_url(url).value().port;
    for (int fd = 0; fd < 1'000; ++fd) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        const bool connected = ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
        if (connected && peer.sin_family == AF_INET && ::ntohs(peer.sin_port) == port) {
            return fd;
        }
    }
    return -1;
}

int option_of(int fd, int level, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(fd, level, option, &value, &size);
    return value;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_connection)

BOOST_DATA_TEST_CASE(a_stream_that_is_cancelled_ends, data::make(servers()), kind) {
    ServerFixture f{kind};
    std::shared_ptr<Asked> asked;
    auto command = f.question(kind.many_rows, asked);
    command->wanted = database::Wanted::stream;
    asked->has_room = false;
    f.connection->submit(std::move(command));
    f.until([&] { return !asked->blocks.empty(); });
    f.connection->cancel(*asked->command);
    f.wait_for(asked);
    BOOST_TEST(asked->fault->cancelled);
    BOOST_TEST(f.get("SELECT 1")->text() == "1");
}

BOOST_DATA_TEST_CASE(cancelling_ends_the_query_in_the_server, data::make(servers()), kind) {
    ServerFixture f{kind};
    const auto id = f.own_id();
    const auto asked = f.ask_slow();
    f.connection->cancel(*asked->command);
    f.wait_for(asked);
    BOOST_TEST(asked->fault->cancelled);
    BOOST_TEST(asked->code() == kind.was_killed);
    BOOST_TEST(f.own_id() == id);  // over the same connection
}

BOOST_DATA_TEST_CASE(one_that_the_server_ends_is_lost, data::make(servers()), kind) {
    ServerFixture f{kind};
    f.own_number = std::stoi(f.own_id());
    const auto under_way = f.ask_slow();
    f.connection = f.end_this();
    BOOST_TEST(under_way->done);
    BOOST_TEST(under_way->fault->lost);
    BOOST_TEST(!under_way->fault->never_began);
    BOOST_TEST((under_way->fault->kind == FaultKind::operational));
    BOOST_TEST(f.connection->lost());
    const auto late = f.ask("SELECT 1");
    BOOST_TEST(late->fault->never_began);
    BOOST_TEST(late->fault->lost);
}

BOOST_DATA_TEST_CASE(an_idle_one_that_the_server_ends_is_lost, data::make(servers()), kind) {
    ServerFixture f{kind};
    f.own_number = std::stoi(f.own_id());
    BOOST_TEST(f.end_this()->lost());
    BOOST_TEST(!f.lost->text.empty());
}

BOOST_DATA_TEST_CASE(closing_fails_what_is_under_way, data::make(servers()), kind) {
    ServerFixture f{kind};
    const auto asked = f.ask(kind.sleeps);
    f.connection->close();
    BOOST_TEST(asked->fault->lost);
    f.connection->close();
    f.turns();
    BOOST_TEST(!f.lost);
}

BOOST_DATA_TEST_CASE(destruction_says_nothing, data::make(servers()), kind) {
    ServerFixture f{kind};
    const auto asked = f.ask_slow();
    f.connection->cancel(*asked->command);
    f.connection.reset();
    BOOST_TEST(asked->command == nullptr);
    f.turns();
    BOOST_TEST(!asked->done);
    BOOST_TEST(!f.lost);
}

BOOST_DATA_TEST_CASE(a_host_is_found_by_its_name, data::make(servers()), kind) {
    ServerFixture f{kind};
    auto named = f.server.url;
    named.replace(named.find("127.0.0.1"), 9, "localhost");
    f.make_driver(named);
    f.connect();
    BOOST_TEST(f.get("SELECT 1")->text() == "1");
}

BOOST_DATA_TEST_CASE(a_silent_server_counts_as_gone_within_a_minute, data::make(servers()), kind) {
    const ServerFixture f{kind};
    const int fd = socket_to(f.server.url);
    BOOST_TEST(option_of(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
    BOOST_TEST(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 30);
    BOOST_TEST(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL) == 10);
    BOOST_TEST(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 30'000);
}

BOOST_DATA_TEST_CASE(what_cannot_be_connected_says_why, data::make(servers()), kind) {
    ServerFixture f{kind};
    const auto at = f.server.url.substr(f.server.url.find('@'));
    const auto wrong_password = f.failure_to_connect(kind.scheme + "://tornado:wrong" + at);
    BOOST_TEST(wrong_password.code == kind.wrong_password);
    BOOST_TEST(!wrong_password.lost);
    const auto url = f.server.url.substr(0, f.server.url.rfind('/')) + "/nothing";
    const auto no_database = f.failure_to_connect(url);
    BOOST_TEST(no_database.code == kind.no_database);
    BOOST_TEST(!no_database.lost);
    BOOST_TEST(!has(no_database.text, "LOCATION"));
    const auto nobody = f.failure_to_connect(kind.scheme + "://tornado@127.0.0.1:1/test");
    BOOST_TEST(nobody.lost);
    BOOST_TEST(has(nobody.text, "127.0.0.1"));
    const auto no_host = f.failure_to_connect(kind.scheme + "://tornado@no-such-host.invalid/test");
    BOOST_TEST(no_host.lost);
    BOOST_TEST(has(no_host.text, "no-such-host.invalid"));
}

BOOST_DATA_TEST_CASE(connecting_can_be_cancelled, data::make(servers()), kind) {
    ServerFixture f{kind};
    for (int i = 0; i < 12; ++i) {
        const auto connecting = f.driver->connect();
        f.turns(i);
        connecting.cancel();
        f.until([&] { return connecting.done(); });
    }
}

BOOST_AUTO_TEST_SUITE_END()
