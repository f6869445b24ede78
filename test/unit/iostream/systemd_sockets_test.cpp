#include <tornado/iostream/systemd_sockets.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support.hpp"

namespace {

using tornado::netutil::PassedSocket;
using tornado::netutil::Socket;
using tornado::netutil::systemd_sockets;

/// Runs `check` in a process that has got `sockets`, as the descriptors from 3 on, and says whether
/// it returned true. Nothing of Boost.Test runs in there.
bool in_process_with(
    const std::vector<int>& sockets,
    const char* names,
    const std::function<bool()>& check,
    const char* pid = nullptr
) {
    const auto child = ::fork();
    if (child == 0) {
        bool good = false;
        try {
            constexpr int out_of_the_way = 100;
            for (std::size_t i = 0; i < sockets.size(); ++i) {
                ::dup2(sockets[i], out_of_the_way + static_cast<int>(i));
            }
            for (std::size_t i = 0; i < sockets.size(); ++i) {
                ::dup2(out_of_the_way + static_cast<int>(i), 3 + static_cast<int>(i));
                ::fcntl(3 + static_cast<int>(i), F_SETFL, 0);
            }
            ::setenv("LISTEN_PID", pid != nullptr ? pid : std::to_string(::getpid()).c_str(), 1);
            ::setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
            if (names != nullptr) {
                ::setenv("LISTEN_FDNAMES", names, 1);
            }
            good = check();
        } catch (const std::exception&) {
        }
        ::_exit(good ? 7 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

BOOST_AUTO_TEST_SUITE(systemd_sockets_suite)

BOOST_AUTO_TEST_CASE(without_the_variables_there_are_none) {
    BOOST_TEST(systemd_sockets().empty());
}

BOOST_AUTO_TEST_CASE(passed_sockets_come_in_order_with_their_names) {
    const auto one = listener_on_loopback();
    const auto two = listener_on_loopback();
    const auto port_one = port_of(one);
    const auto port_two = port_of(two);
    BOOST_TEST(in_process_with({one.fileno(), two.fileno()}, "web:admin", [&] {
        const auto passed = systemd_sockets();
        return passed.size() == 2 && passed[0].name == "web" && passed[1].name == "admin" &&
               port_of(passed[0].socket) == port_one && port_of(passed[1].socket) == port_two;
    }));
}

BOOST_AUTO_TEST_CASE(they_do_not_block_and_close_on_exec) {
    const auto one = listener_on_loopback();
    BOOST_TEST(in_process_with({one.fileno()}, nullptr, [&] {
        const auto passed = systemd_sockets();
        const int descriptor = passed.at(0).socket.fileno();
        return passed[0].name == "unknown" && descriptor == 3 &&
               (::fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0 &&
               (::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0;
    }));
}

BOOST_AUTO_TEST_CASE(the_variables_are_unset_and_a_second_call_gives_nothing) {
    const auto one = listener_on_loopback();
    BOOST_TEST(in_process_with({one.fileno()}, "web", [&] {
        const auto passed = systemd_sockets();
        return passed.size() == 1 && ::getenv("LISTEN_PID") == nullptr &&
               ::getenv("LISTEN_FDS") == nullptr && ::getenv("LISTEN_FDNAMES") == nullptr &&
               systemd_sockets().empty();
    }));
}

BOOST_AUTO_TEST_CASE(what_was_meant_for_another_process_is_left_alone) {
    const auto one = listener_on_loopback();
    BOOST_TEST(in_process_with(
        {one.fileno()},
        "web",
        [&] {
            return systemd_sockets().empty() && ::fcntl(3, F_GETFD) >= 0 &&
                   ::getenv("LISTEN_PID") == nullptr;
        },
        "1"
    ));
}

BOOST_AUTO_TEST_CASE(what_does_not_listen_is_refused_and_closed) {
    const auto listener = listener_on_loopback();
    const auto client = connect_to(port_of(listener));
    const auto refuses = [] {
        try {
            static_cast<void>(systemd_sockets());
        } catch (const std::runtime_error& error) {
            return std::string{error.what()}.find("descriptor 4") == 0 && ::fcntl(3, F_GETFD) < 0 &&
                   ::fcntl(4, F_GETFD) < 0;
        }
        return false;
    };
    BOOST_TEST(in_process_with({listener.fileno(), client.fileno()}, nullptr, refuses));
    const Socket datagrams{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    BOOST_TEST(in_process_with({listener.fileno(), datagrams.fileno()}, nullptr, refuses));
}

BOOST_AUTO_TEST_CASE(variables_that_make_no_sense_are_refused) {
    for (const char* const count : {"", "x", "-1", "1000000000", "3 "}) {
        BOOST_TEST(in_process_with({}, nullptr, [&] {
            ::setenv("LISTEN_FDS", count, 1);
            try {
                static_cast<void>(systemd_sockets());
            } catch (const std::runtime_error&) {
                return ::getenv("LISTEN_FDS") == nullptr;
            }
            return false;
        }));
    }
    BOOST_TEST(in_process_with(
        {},
        nullptr,
        [&] {
            try {
                static_cast<void>(systemd_sockets());
            } catch (const std::runtime_error&) {
                return true;
            }
            return false;
        },
        "one"
    ));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
