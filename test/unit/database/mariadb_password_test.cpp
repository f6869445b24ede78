#ifdef TORNADO_HAS_MARIADB
#include <tornado/database/connection.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <thread>

#include "../log_capture.hpp"
#include "database_fixture.hpp"
#include "driver_fixture.hpp"

namespace database = tornado::database;
using namespace std::string_view_literals;

namespace {

/// Greets as a MariaDB does, and asks whoever comes first for the password as it is.
class Impostor {
public:
    Impostor() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        BOOST_REQUIRE(::bind(fd_, any, size) == 0 && ::listen(fd_, 1) == 0);
        BOOST_REQUIRE(::getsockname(fd_, any, &size) == 0);
        port_ = ::ntohs(address.sin_port);
        thread_ = std::thread{[this] { talk(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)); }};
    }
    Impostor(const Impostor&) = delete;
    Impostor& operator=(const Impostor&) = delete;
    ~Impostor() {
        static_cast<void>(told());
        ::close(fd_);
    }
    [[nodiscard]] std::string port() const { return std::to_string(port_); }
    /// All that it was told, at the end.
    [[nodiscard]] const std::string& told() {
        if (thread_.joinable()) {
            ::shutdown(fd_, SHUT_RDWR);
            thread_.join();
        }
        return told_;
    }

private:
    static void say(int fd, char number, std::string_view text) {
        const std::string head{static_cast<char>(text.size()), 0, 0, number};
        const auto packet = head + std::string{text};
        static_cast<void>(::send(fd, packet.data(), packet.size(), MSG_NOSIGNAL));
    }
    bool hear(int fd) {
        std::array<char, 4'096> buffer{};
        const auto size = ::recv(fd, buffer.data(), buffer.size(), 0);
        told_.append(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        return size > 0;
    }
    void talk(int fd) {
        say(fd,
            0,
            "\n5.5.5-10.11.19-MariaDB\0\5\0\0\0,$lu)hTK\0\xfe\xf7\x08\2\0\xff\x81\x15\0\0\0\0\0\0"
            "\x1d\0\0\0Y]G+BK2T4C5|\0mysql_native_password\0"sv);
        if (hear(fd)) {
            say(fd, 2, "\xfemysql_clear_password\0"sv);
        }
        while (hear(fd)) {
        }
        ::close(fd);
    }

    int fd_;
    int port_ = 0;
    std::thread thread_;
    std::string told_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mariadb_connection, *boost::unit_test::precondition(NeedsServer{"mariadb"}))

BOOST_FIXTURE_TEST_CASE(a_password_is_not_told_to_whoever_answers, LoopFixture) {
    const LogCapture logs;
    Impostor impostor;
    database::Connection db{
        "mysql://ada:topsecret@127.0.0.1:" + impostor.port() + "/test",
        with(&database::ConnectionOptions::acquire_timeout, std::chrono::hours{1})};
    const auto error = failure_of<database::OperationalError>(*this, db.get("SELECT 1"));
    BOOST_TEST(std::string{error.what()}.find("asks for the password itself") != std::string::npos);
    BOOST_TEST(impostor.told().find("ada") != std::string::npos);
    BOOST_TEST(impostor.told().find("topsecret") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
#endif
