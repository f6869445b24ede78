#include <tornado/ioloop/ioloop.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

using namespace std::chrono_literals;
using tornado::Future;
using tornado::Promise;
using tornado::ioloop::Events;
using tornado::ioloop::IOLoop;

struct Fixture {
    IOLoop loop;
    Pipe pipe;

    /// Lets what is ready be seen; what is not stays unseen.
    void turns() {
        loop.run_sync([]() -> Future<void> {
            for (int i = 0; i < 20; ++i) {
                co_await tornado::gen::moment();
            }
        });
    }
};

BOOST_FIXTURE_TEST_SUITE(handlers, Fixture)

BOOST_AUTO_TEST_CASE(a_handler_runs_as_long_as_its_descriptor_is_ready) {
    int calls = 0;
    pipe.put();
    loop.add_handler(
        pipe.reader(),
        [&](int fd, Events events) {
            BOOST_TEST(fd == pipe.reader());
            BOOST_TEST((events == Events::read));
            if (++calls == 3) {  // ready until it is read
                pipe.take();
                loop.stop();
            }
        },
        Events::read
    );
    loop.start();
    BOOST_TEST(calls == 3);
    turns();
    BOOST_TEST(calls == 3);
    loop.remove_handler(pipe.reader());
}

BOOST_AUTO_TEST_CASE(a_second_handler_for_a_descriptor_is_refused) {
    loop.add_handler(
        pipe.reader(), [](int, Events) {}, Events::read
    );
    BOOST_CHECK_THROW(
        loop.add_handler(
            pipe.reader(), [](int, Events) {}, Events::read
        ),
        std::invalid_argument
    );
    loop.remove_handler(pipe.reader());
    loop.add_handler(
        pipe.reader(), [](int, Events) {}, Events::read
    );
    loop.remove_handler(pipe.reader());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_watched_is_refused) {
    char name[] = "/tmp/tornado-handler-XXXXXX";
    const int file = ::mkstemp(name);
    BOOST_CHECK_THROW(
        loop.add_handler(
            file, [](int, Events) {}, Events::read
        ),
        std::system_error
    );
    BOOST_TEST(::fcntl(file, F_GETFD) >= 0);  // it is the caller's still
    ::close(file);
    ::unlink(name);
    BOOST_CHECK_THROW(
        loop.add_handler(
            -1, [](int, Events) {}, Events::read
        ),
        std::system_error
    );
    BOOST_CHECK_THROW(loop.update_handler(pipe.reader(), Events::read), std::invalid_argument);
    loop.remove_handler(pipe.reader());  // is not watched: nothing happens
}

BOOST_AUTO_TEST_CASE(a_handler_may_remove_itself) {
    int calls = 0;
    const auto token = std::make_shared<int>(0);
    pipe.put();
    loop.add_handler(
        pipe.reader(),
        [&, token](int fd, Events) {
            ++calls;
            loop.remove_handler(fd);
            ++*token;  // it is still there
        },
        Events::read
    );
    turns();
    BOOST_TEST(calls == 1);
    BOOST_TEST(*token == 1);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_handler_may_put_another_in_its_place) {
    Order order;
    pipe.put();
    loop.add_handler(
        pipe.reader(),
        [&](int fd, Events) {
            order.push_back("first");
            loop.remove_handler(fd);
            loop.add_handler(
                fd,
                [&](int, Events) {
                    order.push_back("second");
                    pipe.take();
                    loop.stop();
                },
                Events::read
            );
        },
        Events::read
    );
    loop.start();
    BOOST_TEST((order == Order{"first", "second"}));
    loop.remove_handler(pipe.reader());
}

BOOST_AUTO_TEST_CASE(one_handler_may_remove_another_that_is_ready_too) {
    Pipe other;
    pipe.put();
    other.put();
    int calls = 0;
    const auto remove_both = [&](int, Events) {
        ++calls;
        loop.remove_handler(pipe.reader());
        loop.remove_handler(other.reader());
    };
    loop.add_handler(pipe.reader(), remove_both, Events::read);
    loop.add_handler(other.reader(), remove_both, Events::read);
    turns();
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(events_can_be_changed) {
    int calls = 0;
    loop.add_handler(
        pipe.reader(),
        [&](int, Events) {
            ++calls;
            pipe.take();
        },
        Events::none
    );
    pipe.put();
    turns();
    BOOST_TEST(calls == 0);
    loop.update_handler(pipe.reader(), Events::read);
    turns();
    BOOST_TEST(calls == 1);
    loop.update_handler(pipe.reader(), Events::none);
    turns();
    pipe.put();
    turns();
    BOOST_TEST(calls == 1);
    loop.update_handler(pipe.reader(), Events::read);  // what came meanwhile is seen
    turns();
    BOOST_TEST(calls == 2);
    loop.remove_handler(pipe.reader());
}

BOOST_AUTO_TEST_CASE(a_descriptor_can_be_ready_for_reading_and_writing) {
    const int fd = ::eventfd(1, EFD_CLOEXEC);
    auto seen = Events::none;
    loop.add_handler(
        fd,
        [&](int, Events events) {
            seen = seen | events;
            if (seen == (Events::read | Events::write)) {
                loop.remove_handler(fd);
                loop.stop();
            }
        },
        Events::read | Events::write
    );
    loop.start();
    BOOST_TEST((seen == (Events::read | Events::write)));
    ::close(fd);
}

BOOST_AUTO_TEST_CASE(a_timer_of_the_kernels_is_readable_when_its_time_has_come) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    std::uint64_t times = 0;
    loop.add_handler(
        fd,
        [&](int, Events) {
            static_cast<void>(::read(fd, &times, sizeof times));
            loop.remove_handler(fd);
            loop.stop();
        },
        Events::read
    );
    const itimerspec soon{{0, 0}, {0, 1}};
    BOOST_REQUIRE(::timerfd_settime(fd, 0, &soon, nullptr) == 0);
    loop.start();
    BOOST_TEST(times == 1U);
    ::close(fd);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_pipe_makes_it_readable) {
    pipe.close_writer();
    bool seen = false;
    loop.add_handler(
        pipe.reader(),
        [&](int fd, Events) {
            seen = pipe.take() == '\0';
            loop.remove_handler(fd);
            loop.stop();
        },
        Events::read
    );
    loop.start();
    BOOST_TEST(seen);
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_gone_is_an_error_and_an_end) {
    pipe.close_reader();
    auto seen = Events::none;
    loop.add_handler(
        pipe.writer(),
        [&](int fd, Events events) {
            seen = events;
            loop.remove_handler(fd);
            loop.stop();
        },
        Events::write | Events::error
    );
    loop.start();
    BOOST_TEST(((seen & Events::error) == Events::error));
}

BOOST_AUTO_TEST_CASE(timerfds_can_be_watched) {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    const itimerspec soon{{}, {0, 1}};
    BOOST_REQUIRE(::timerfd_settime(fd, 0, &soon, nullptr) == 0);
    std::uint64_t expirations = 0;
    loop.add_handler(
        fd,
        [&](int, Events) {
            static_cast<void>(::read(fd, &expirations, sizeof expirations));
            loop.remove_handler(fd);
            loop.stop();
        },
        Events::read
    );
    loop.start();
    BOOST_TEST(expirations == 1U);
    ::close(fd);
}

BOOST_AUTO_TEST_CASE(what_a_handler_throws_is_logged_and_it_stays) {
    LogCapture log;
    int calls = 0;
    pipe.put();
    loop.add_handler(
        pipe.reader(),
        [&](int, Events) {
            if (++calls == 1) {
                throw std::runtime_error{"from a handler"};
            }
            pipe.take();
            loop.stop();
        },
        Events::read
    );
    loop.start();
    BOOST_TEST(log.count("from a handler") == 1);
    BOOST_TEST(calls == 2);
    loop.remove_handler(pipe.reader());
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_a_coroutine_keeps_its_closure_until_it_ends) {
    Promise<void> gate;
    const auto token = std::make_shared<int>(0);
    pipe.put();
    loop.add_handler(
        pipe.reader(),
        [&gate, &loop = loop, &pipe = pipe, token](int fd, Events) -> Future<void> {
            pipe.take();
            loop.remove_handler(fd);
            co_await gate.future();
            ++*token;
        },
        Events::read
    );
    turns();
    BOOST_TEST(token.use_count() == 2);
    gate.set_result();
    turns();
    BOOST_TEST(*token == 1);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(watching_does_not_change_the_descriptors_flags) {
    const int before = ::fcntl(pipe.reader(), F_GETFL);
    loop.add_handler(
        pipe.reader(), [&](int, Events) { pipe.take(); }, Events::read
    );
    BOOST_TEST(::fcntl(pipe.reader(), F_GETFL) == before);
    pipe.put();
    turns();
    BOOST_TEST(::fcntl(pipe.reader(), F_GETFL) == before);
    loop.remove_handler(pipe.reader());
    BOOST_TEST(::fcntl(pipe.reader(), F_GETFL) == before);
}

BOOST_AUTO_TEST_CASE(a_closed_loop_refuses_to_watch) {
    IOLoop other;
    other.close();
    const auto watch = [&] {
        other.add_handler(
            pipe.reader(), [](int, Events) {}, Events::read
        );
    };
    BOOST_CHECK_THROW(watch(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_handler_is_told_of_all_that_is_ready_in_one_call) {
    auto sockets = std::array<int, 2>{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0);
    BOOST_REQUIRE(::send(sockets[1], "x", 1, 0) == 1);
    std::vector<Events> seen;
    loop.add_handler(
        sockets[0],
        [&](int fd, Events events) {
            seen.push_back(events);
            loop.remove_handler(fd);
        },
        Events::read | Events::write
    );
    turns();
    BOOST_REQUIRE(seen.size() == 1);
    BOOST_TEST((seen[0] == (Events::read | Events::write)));
    ::close(sockets[0]);
    ::close(sockets[1]);
}

BOOST_AUTO_TEST_CASE(sockets_are_watched_from_listening_to_the_peers_end) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    BOOST_REQUIRE(::bind(listener, raw, size) == 0 && ::listen(listener, 8) == 0);
    BOOST_REQUIRE(::getsockname(listener, raw, &size) == 0);
    int accepted = -1;
    std::string come;
    loop.add_handler(
        listener,
        [&](int fd, Events) {
            accepted = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            loop.remove_handler(fd);
            loop.add_handler(
                accepted,
                [&](int connection, Events events) {
                    BOOST_TEST((events == Events::read));
                    std::array<char, 16> bytes{};
                    const auto count = ::recv(connection, bytes.data(), bytes.size(), 0);
                    if (count <= 0) {
                        loop.remove_handler(connection);
                        loop.stop();
                        return;
                    }
                    come.append(bytes.data(), static_cast<std::size_t>(count));
                },
                Events::read
            );
        },
        Events::read
    );
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ::connect(client, raw, size);
    loop.add_handler(
        client,
        [&](int fd, Events events) {
            BOOST_TEST((events == Events::write));
            BOOST_TEST(::send(fd, "hello", 5, MSG_NOSIGNAL) == 5);
            loop.remove_handler(fd);
            ::close(fd);
        },
        Events::write
    );
    loop.start();
    BOOST_TEST(come == "hello");
    ::close(accepted);
    ::close(listener);
}

BOOST_AUTO_TEST_CASE(the_loop_never_closes_a_descriptor) {
    {
        IOLoop other;
        other.add_handler(
            pipe.reader(), [](int, Events) {}, Events::read
        );
        other.add_handler(
            pipe.writer(), [](int, Events) {}, Events::write
        );
        other.close();
    }
    BOOST_TEST(::fcntl(pipe.reader(), F_GETFD) >= 0);
    BOOST_TEST(::fcntl(pipe.writer(), F_GETFD) >= 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
