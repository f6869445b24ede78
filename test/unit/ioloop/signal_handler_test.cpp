#include <tornado/ioloop/signal_handler.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <tornado/ioloop/ioloop.hpp>

namespace {

using tornado::ioloop::IOLoop;
using tornado::ioloop::is_signal_ignored;
using tornado::ioloop::SignalHandler;

BOOST_AUTO_TEST_SUITE(signal_handler)

BOOST_AUTO_TEST_CASE(runs_its_callback_in_the_loop) {
    IOLoop loop;
    loop.make_current();
    int calls = 0;
    const SignalHandler handler{SIGUSR1, [&] {
                                    ++calls;
                                    loop.stop();
                                }};
    ::raise(SIGUSR1);
    BOOST_TEST(calls == 0);
    loop.start();
    BOOST_TEST(calls == 1);
    ::raise(SIGUSR1);
    loop.start();
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(runs_once_for_each_signal) {
    IOLoop loop;
    loop.make_current();
    int calls = 0;
    const SignalHandler handler{SIGUSR1, [&] {
                                    if (++calls == 2) {
                                        loop.stop();
                                    }
                                }};
    ::raise(SIGUSR1);
    ::raise(SIGUSR1);
    loop.start();
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(a_signal_to_another_thread_reaches_the_loop) {
    IOLoop loop;
    loop.make_current();
    const SignalHandler handler{SIGUSR1, [&] { loop.stop(); }};
    std::thread other{[] { ::raise(SIGUSR1); }};
    loop.start();
    other.join();
}

BOOST_AUTO_TEST_CASE(may_be_destroyed_by_its_callback) {
    IOLoop loop;
    loop.make_current();
    std::optional<SignalHandler> handler;
    handler.emplace(SIGUSR1, [&] {
        handler.reset();
        loop.stop();
    });
    ::raise(SIGUSR1);
    loop.start();
    BOOST_TEST(!handler.has_value());
}

BOOST_AUTO_TEST_CASE(gives_the_signal_back_at_its_end) {
    IOLoop loop;
    loop.make_current();
    ::signal(SIGUSR1, SIG_IGN);
    {
        const SignalHandler handler{SIGUSR1, [] {}};
        BOOST_TEST(!is_signal_ignored(SIGUSR1));
    }
    BOOST_TEST(is_signal_ignored(SIGUSR1));
    ::raise(SIGUSR1);
    ::signal(SIGUSR1, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(a_signal_has_one_handler_at_a_time) {
    IOLoop loop;
    loop.make_current();
    {
        const SignalHandler handler{SIGUSR1, [] {}};
        BOOST_CHECK_THROW((SignalHandler{SIGUSR1, [] {}}), std::logic_error);
    }
    const SignalHandler next{SIGUSR1, [&] { loop.stop(); }};
    ::raise(SIGUSR1);
    loop.start();
}

BOOST_AUTO_TEST_CASE(refuses_what_cannot_be_caught) {
    IOLoop loop;
    loop.make_current();
    for (const int signal : {SIGKILL, 0, -1, NSIG}) {
        BOOST_CHECK_THROW((SignalHandler{signal, [] {}}), std::system_error);
    }
    BOOST_CHECK_THROW((SignalHandler{SIGKILL, [] {}}), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_forked_child_has_the_default_again) {
    IOLoop loop;
    loop.make_current();
    int calls = 0;
    const SignalHandler handler{SIGUSR1, [&] { ++calls; }};
    const auto child = ::fork();
    if (child == 0) {
        ::raise(SIGUSR1);
        ::_exit(0);
    }
    int status = 0;
    BOOST_TEST(::waitpid(child, &status, 0) == child);
    BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1));
    loop.add_callback([&] { loop.stop(); });
    loop.start();
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
