#include <tornado/database/connection.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "../log_capture.hpp"
#include "database_fixture.hpp"
#include "driver_fixture.hpp"

namespace database = tornado::database;
using namespace std::chrono_literals;

namespace {

/// A server with a certificate for localhost, and another without one.
struct TLSFixture : LoopFixture {
    explicit TLSFixture(const std::string& kind)
        : server{Servers::instance().get(kind + "-tls")},
          plain{Servers::instance().get(kind)} {}

    /// Its URL with the server's name, and with these options.
    [[nodiscard]] static std::string
    by_name(const Servers::Server& server, const std::string& options) {
        auto url = server.url + "?" + options;
        return url.replace(url.find("127.0.0.1"), 9, "localhost");
    }
    [[nodiscard]] std::string file(const std::string& name) const {
        return server.folder + "/" + name;
    }
    /// What is said when nobody can be connected: at once, as waiting makes no server right.
    std::string refusal(const std::string& url) {
        const LogCapture logs;
        const auto options = with(&database::ConnectionOptions::acquire_timeout, 1h);
        database::Connection db{url, options};
        return failure_of<database::OperationalError>(*this, db.get("SELECT 1")).what();
    }
    /// The only value of a row.
    std::string value(const std::string& url, const std::string& sql, std::size_t column) {
        database::Connection db{url};
        return wait(db.get(sql))->get<std::string>(column);
    }

    /// Cancels a query, and asks another on the same connection.
    void
    check_cancellation(const std::string& url, const std::string& slow, const std::string& own_id) {
        database::Connection db{url, with(&database::ConnectionOptions::size, 1)};
        const auto id = wait(db.get(own_id))->get<int>(0);
        auto asked = tornado::gen::cancel_after(200ms, db.get(slow));
        failure_of<tornado::ioloop::TimeoutError>(*this, std::move(asked));
        BOOST_TEST(wait(db.get(own_id))->get<int>(0) == id);
    }

    const Servers::Server server;
    const Servers::Server plain;
};

bool has(const std::string& text, const std::string& part) {
    BOOST_TEST_MESSAGE(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_tls)

#ifdef TORNADO_HAS_LIBPQ
namespace {

struct PostgreSQLTLSFixture : TLSFixture {
    PostgreSQLTLSFixture() : TLSFixture{"postgresql"} {}
    /// What the server says of the encryption of a connection; nothing when there is none.
    std::string of_connection(const std::string& url, const std::string& what) {
        const auto sql = "SELECT coalesce(" + what + ", '') FROM pg_stat_ssl WHERE pid = ";
        return value(url, sql + "pg_backend_pid()", 0);
    }
    std::string cipher(const std::string& url) { return of_connection(url, "cipher"); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(postgresql, *boost::unit_test::precondition(NeedsServer{"postgresql"}))

BOOST_FIXTURE_TEST_CASE(what_is_required_is_encrypted, PostgreSQLTLSFixture) {
    BOOST_TEST(cipher(server.url + "?sslmode=require").starts_with("TLS_"));
    BOOST_TEST(has(refusal(plain.url + "?sslmode=require"), "does not support SSL"));
}

BOOST_FIXTURE_TEST_CASE(the_server_that_is_meant_is_trusted, PostgreSQLTLSFixture) {
    const auto options = "sslmode=verify-full&sslrootcert=" + file("ca.pem");
    BOOST_TEST(cipher(by_name(server, options)).starts_with("TLS_"));
    BOOST_TEST(cipher(server.url + "?sslmode=verify-ca&sslrootcert=" + file("ca.pem")) != "");
}

BOOST_FIXTURE_TEST_CASE(the_server_is_shown_the_certificate_of_the_client, PostgreSQLTLSFixture) {
    const auto client = "&sslcert=" + file("client.pem") + "&sslkey=" + file("client.key");
    BOOST_TEST(of_connection(server.url + "?sslmode=require", "client_dn") == "");
    BOOST_TEST(
        of_connection(server.url + "?sslmode=require" + client, "client_dn") == "/CN=tornado"
    );
}

BOOST_FIXTURE_TEST_CASE(without_options_is_encrypted_what_can_be, PostgreSQLTLSFixture) {
    BOOST_TEST(cipher(server.url).starts_with("TLS_"));
    BOOST_TEST(cipher(plain.url) == "");
}

BOOST_FIXTURE_TEST_CASE(a_query_on_an_encrypted_connection_is_cancelled, PostgreSQLTLSFixture) {
    const auto url = by_name(server, "sslmode=verify-full&sslrootcert=" + file("ca.pem"));
    check_cancellation(url, "SELECT pg_sleep(4)", "SELECT pg_backend_pid()");
}

BOOST_FIXTURE_TEST_CASE(a_certificate_of_another_authority_is_refused, PostgreSQLTLSFixture) {
    for (const std::string mode : {"verify-full", "verify-ca"}) {
        const auto options = "sslmode=" + mode + "&sslrootcert=";
        BOOST_TEST(has(
            refusal(by_name(server, options + file("other-ca.pem"))), "certificate verify failed"
        ));
        BOOST_TEST(has(refusal(by_name(server, options + file("nothing.pem"))), "does not exist"));
    }
    BOOST_TEST(has(refusal(by_name(server, "sslmode=verify-full")), "root certificate"));
}

BOOST_FIXTURE_TEST_CASE(a_certificate_for_another_host_is_refused, PostgreSQLTLSFixture) {
    const auto options = "sslmode=verify-full&sslrootcert=" + file("ca.pem");
    const auto text = refusal(server.url + "?" + options);
    BOOST_TEST(has(text, "localhost"));
    BOOST_TEST(has(text, "does not match host name \"127.0.0.1\""));
}

BOOST_AUTO_TEST_SUITE_END()
#endif

#ifdef TORNADO_HAS_MARIADB
namespace {

struct MariaDBTLSFixture : TLSFixture {
    MariaDBTLSFixture() : TLSFixture{"mariadb"} {}
    std::string cipher(const std::string& url) {
        return value(url, "SHOW STATUS LIKE 'Ssl_cipher'", 1);
    }
};

/// Takes whoever comes, and never says a word.
class SilentServer {
public:
    explicit SilentServer(tornado::ioloop::IOLoop& loop)
        : loop_{loop},
          fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        BOOST_REQUIRE(::bind(fd_, any, size) == 0 && ::listen(fd_, 64) == 0);
        BOOST_REQUIRE(::getsockname(fd_, any, &size) == 0);
        port_ = ::ntohs(address.sin_port);
        loop_.add_handler(
            fd_,
            [this](int, auto) { taken_.push_back(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)); },
            tornado::ioloop::Events::read
        );
    }
    SilentServer(const SilentServer&) = delete;
    SilentServer& operator=(const SilentServer&) = delete;
    ~SilentServer() {
        loop_.remove_handler(fd_);
        ::close(fd_);
        for (const int fd : taken_) {
            ::close(fd);
        }
    }
    [[nodiscard]] std::string port() const { return std::to_string(port_); }
    [[nodiscard]] std::size_t taken() const { return taken_.size(); }

private:
    tornado::ioloop::IOLoop& loop_;
    int fd_;
    int port_ = 0;
    std::vector<int> taken_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mariadb, *boost::unit_test::precondition(NeedsServer{"mariadb"}))

BOOST_FIXTURE_TEST_CASE(what_is_required_is_encrypted, MariaDBTLSFixture) {
    BOOST_TEST(cipher(server.url + "?ssl=true").starts_with("TLS_"));
    BOOST_TEST(cipher(server.url).empty());
    BOOST_TEST(has(refusal(plain.url + "?ssl=true"), "does not support"));
}

BOOST_FIXTURE_TEST_CASE(the_server_that_is_meant_is_trusted, MariaDBTLSFixture) {
    const auto options = "ssl-ca=" + file("ca.pem");
    BOOST_TEST(cipher(by_name(server, options)).starts_with("TLS_"));
}

BOOST_FIXTURE_TEST_CASE(the_server_is_shown_the_certificate_of_the_client, MariaDBTLSFixture) {
    database::Connection db{server.url};
    wait(db.execute("CREATE OR REPLACE USER known@'%' IDENTIFIED BY 'secret' REQUIRE X509"));
    const auto port = server.url.substr(server.url.rfind(':'));
    const auto url = "mysql://known:secret@localhost" + port.substr(0, port.find('/')) +
                     "/information_schema?ssl-ca=" + file("ca.pem");  // which is everybody's
    const auto client = "&ssl-cert=" + file("client.pem") + "&ssl-key=" + file("client.key");
    BOOST_TEST(has(refusal(url), "Access denied"));
    BOOST_TEST(cipher(url + client).starts_with("TLS_"));
}

BOOST_FIXTURE_TEST_CASE(a_query_on_a_verified_connection_keeps_nobody_waiting, MariaDBTLSFixture) {
    const auto url = by_name(server, "ssl-ca=" + file("ca.pem"));
    check_cancellation(url, "SELECT sleep(4)", "SELECT connection_id()");
}

BOOST_FIXTURE_TEST_CASE(a_certificate_of_another_authority_is_refused, MariaDBTLSFixture) {
    const auto other = "ssl-ca=" + file("other-ca.pem");
    BOOST_TEST(has(refusal(by_name(server, other)), "certificate"));
    BOOST_TEST(has(refusal(by_name(server, "ssl-verify-server-cert=true")), "certificate"));
}

BOOST_FIXTURE_TEST_CASE(a_certificate_for_another_host_is_refused, MariaDBTLSFixture) {
    const auto options = "?ssl-ca=" + file("ca.pem");
    BOOST_TEST(has(refusal(server.url + options), "certificate"));
    BOOST_TEST(cipher(server.url + options + "&ssl-verify-server-cert=false").starts_with("TLS_"));
}

BOOST_FIXTURE_TEST_CASE(a_silent_server_holds_no_threads_for_ever, LoopFixture) {
    const LogCapture logs;
    const SilentServer silent{loop};
    auto options = with(&database::ConnectionOptions::connect_timeout, 50ms);
    options.first_delay = options.max_delay = 1ms;
    database::Connection db{
        "mysql://ada@localhost:" + silent.port() + "/test?ssl-verify-server-cert=true", options};
    const auto row = db.get("SELECT 1");
    const auto threads = std::min(32U, std::thread::hardware_concurrency() + 4);
    until([&] { return silent.taken() > threads; });
    BOOST_TEST(!row.done());
    row.cancel();
}

BOOST_FIXTURE_TEST_CASE(what_contradicts_itself_is_refused, MariaDBTLSFixture) {
    for (const std::string option : {"ssl-verify-server-cert=true", "ssl-ca=/ca.pem"}) {
        BOOST_CHECK_THROW(
            database::Connection{server.url + "?ssl=false&" + option}, database::InterfaceError
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()
#endif

BOOST_AUTO_TEST_SUITE_END()
