#include <tornado/util/without_sigpipe.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>

namespace {

using namespace tornado::util;

bool is_blocked() {
    sigset_t mask;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    return ::sigismember(&mask, SIGPIPE) == 1;
}

/// Writes to a pipe that nobody reads: whether that is an error and nothing else.
bool write_to_nobody() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        return false;
    }
    ::close(ends[0]);
    const WithoutSigpipe no_signal;
    const bool failed = ::write(ends[1], "x", 1) < 0 && errno == EPIPE;
    ::close(ends[1]);
    return failed;
}

/// What `check` says in a process of its own; false when a signal has ended that.
bool holds_in_a_child(bool (*check)()) {
    const auto child = ::fork();
    if (child == 0) {
        ::_exit(check() ? 0 : 1);
    }
    int status = 0;
    BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

BOOST_AUTO_TEST_SUITE(without_sigpipe)

BOOST_AUTO_TEST_CASE(the_signal_is_blocked_meanwhile_and_gone_afterwards) {
    BOOST_TEST(holds_in_a_child([] {
        {
            const WithoutSigpipe no_signal;
            if (!is_blocked()) {
                return false;
            }
        }
        return write_to_nobody() && !is_blocked();  // a signal that is left would end the child
    }));
}

BOOST_AUTO_TEST_CASE(nothing_is_blocked_once_it_is_ignored) {
    BOOST_TEST(!is_sigpipe_ignored());
    BOOST_TEST(holds_in_a_child([] {
        ignore_sigpipe();
        const WithoutSigpipe no_signal;
        return is_sigpipe_ignored() && !is_blocked() && write_to_nobody();
    }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
