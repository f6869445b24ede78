#include "../../../libs/process/src/exit_notice.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <boost/test/unit_test.hpp>
#include <cstddef>

#include "subprocess_support.hpp"

namespace {

using tornado::ioloop::IOLoop;
using tornado::process::ChildSignal;
using tornado::process::ExitNotice;
using tornado::process::Subprocess;

bool is_readable(int descriptor) {
    pollfd poll{descriptor, POLLIN, 0};
    return ::poll(&poll, 1, 0) == 1;
}

/// From now on the kernel has no such system call for this process.
bool take_away(unsigned system_call) {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, system_call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

int former_calls = 0;

BOOST_AUTO_TEST_SUITE(exit_notice)

BOOST_AUTO_TEST_CASE(a_pidfd_is_readable_when_the_child_has_ended) {
    const auto pid = ::fork();
    if (pid == 0) {
        sleep_for_ever();
    }
    const ExitNotice notice{pid};
    BOOST_TEST(notice.has_pidfd());
    BOOST_TEST(!is_readable(notice.fileno()));
    BOOST_TEST(notice.send(pid, SIGKILL) == 0);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
    BOOST_TEST(is_readable(notice.fileno()));
    ::waitpid(pid, nullptr, 0);
    BOOST_TEST(notice.send(pid, SIGKILL) == ESRCH);  // never somebody else's process
}

BOOST_AUTO_TEST_CASE(without_pidfds_it_is_readable_at_first_and_after_each_sigchld) {
    const Pidfds kernel{false};
    ExitNotice notice{1};
    ExitNotice other{1};
    BOOST_TEST(!notice.has_pidfd());
    BOOST_TEST(is_readable(notice.fileno()));  // the child may have ended already
    notice.acknowledge();
    BOOST_TEST(!is_readable(notice.fileno()));
    ::raise(SIGCHLD);
    BOOST_TEST(is_readable(notice.fileno()));
    notice.acknowledge();
    BOOST_TEST(!is_readable(notice.fileno()));
    BOOST_TEST(is_readable(other.fileno()));  // each has its own
}

BOOST_AUTO_TEST_CASE(on_a_kernel_without_pidfds_sigchld_tells) {
    Child child{[](const Child& self) {
        if (!take_away(SYS_pidfd_open)) {
            return 100;
        }
        self.say('p', ExitNotice{::getpid()}.has_pidfd() ? 1 : 0);
        IOLoop loop;
        Subprocess first{{"/bin/sh", "-c", "exit 3"}};
        Subprocess second{{"/bin/sleep", "1000"}};
        self.say('f', loop.run_sync([&] { return first.wait_for_exit(false); }));
        second.send_signal(SIGTERM);
        self.say('s', loop.run_sync([&] { return second.wait_for_exit(false); }));
        return has_children() ? 1 : 0;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'p', 0}, {'f', 3}, {'s', -SIGTERM}}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(the_former_handler_of_sigchld_is_called_too) {
    Child child{[](const Child& self) {
        ChildSignal::uninstall();
        ::signal(SIGCHLD, [](int) { ++former_calls; });
        const Pidfds kernel{false};
        IOLoop loop;
        Subprocess process{{"/bin/sh", "-c", "exit 3"}};
        self.say('c', loop.run_sync([&] { return process.wait_for_exit(false); }));
        self.say('f', former_calls);
        return 0;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'c', 3}, {'f', 1}}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(the_former_action_of_sigchld_is_called_too) {
    Child child{[](const Child& self) {
        ChildSignal::uninstall();
        struct sigaction action {};
        action.sa_flags = SA_SIGINFO;
        action.sa_sigaction = [](int, siginfo_t* info, void*) { former_calls = info->si_pid; };
        ::sigaction(SIGCHLD, &action, nullptr);
        const Pidfds kernel{false};
        IOLoop loop;
        Subprocess process{{"/bin/sh", "-c", "exit 3"}};
        self.say('c', loop.run_sync([&] { return process.wait_for_exit(false); }));
        return former_calls == process.pid() ? 0 : 1;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'c', 3}}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(a_handler_that_replaces_ours_is_called_from_it_after_the_next_one) {
    Child child{[](const Child& self) {
        ChildSignal::uninstall();
        const Pidfds kernel{false};
        IOLoop loop;
        const auto run_one = [&loop](const char* command) {
            Subprocess process{{"/bin/sh", "-c", command}};
            return loop.run_sync([&] { return process.wait_for_exit(false); });
        };
        self.say('a', run_one("exit 3"));
        ::signal(SIGCHLD, [](int) { ++former_calls; });  // and not ours
        self.say('b', run_one("exit 4"));
        self.say('f', former_calls);
        return 0;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'a', 3}, {'b', 4}, {'f', 1}}));
    BOOST_TEST(child.join() == 0);
}

struct sigaction action_before_ours {};

BOOST_AUTO_TEST_CASE(one_that_calls_the_former_handler_may_stand_before_or_behind_ours) {
    Child child{[](const Child& self) {
        ChildSignal::uninstall();
        ::signal(SIGCHLD, [](int) { former_calls += 100; });
        const Pidfds kernel{false};
        IOLoop loop;
        const auto run_one = [&loop](const char* command) {
            Subprocess process{{"/bin/sh", "-c", command}};
            return loop.run_sync([&] { return process.wait_for_exit(false); });
        };
        self.say('a', run_one("exit 3"));
        self.say('f', former_calls);
        struct sigaction action {};
        action.sa_flags = SA_SIGINFO;
        action.sa_sigaction = [](int signal, siginfo_t* info, void* context) {
            ++former_calls;
            action_before_ours.sa_sigaction(signal, info, context);
        };
        ::sigaction(SIGCHLD, &action, &action_before_ours);
        self.say('b', run_one("exit 4"));
        self.say('f', former_calls);
        self.say('c', run_one("exit 5"));
        self.say('f', former_calls);
        return 0;
    }};
    BOOST_TEST(
        (child.all_words() ==
         std::vector<Word>{{'a', 3}, {'f', 100}, {'b', 4}, {'f', 201}, {'c', 5}, {'f', 302}})
    );
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
