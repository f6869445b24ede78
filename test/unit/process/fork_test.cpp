#include <tornado/process/fork.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tornado/ioloop.hpp>
#include <vector>

#include "support.hpp"

namespace {

using tornado::process::fork_processes;
using tornado::process::task_id;

std::vector<int> numbers_of(const std::vector<Word>& words, char what) {
    std::vector<int> numbers;
    for (const auto& word : words) {
        if (word.what == what) {
            numbers.push_back(word.number);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

using Numbers = std::vector<int>;

// What a worker's signal handlers note.
std::atomic<int> interrupts = 0;
std::atomic<bool> terminated = false;

BOOST_AUTO_TEST_SUITE(fork_processes_suite)

BOOST_AUTO_TEST_CASE(each_worker_has_its_task_id_and_the_parent_none) {
    Child child{[](const Child& self) {
        const auto id = fork_processes(3);
        if (id) {
            self.say('w', *id);
            self.say('t', task_id().value_or(-1));
            return 0;
        }
        self.say('p', task_id().has_value() ? 1 : 0);
        return 7;
    }};
    const auto words = child.all_words();
    BOOST_TEST(numbers_of(words, 'w') == (Numbers{0, 1, 2}));
    BOOST_TEST(numbers_of(words, 't') == (Numbers{0, 1, 2}));
    BOOST_TEST(numbers_of(words, 'p') == (Numbers{0}));
    BOOST_TEST(words.back().what == 'p');  // it returns last
    BOOST_TEST(child.join() == 7);
}

BOOST_AUTO_TEST_CASE(no_count_means_one_worker_for_each_processor) {
    Child child{[](const Child& self) {
        if (const auto id = fork_processes(0)) {
            self.say('w', *id);
        }
        return 0;
    }};
    BOOST_TEST(child.all_words().size() == static_cast<std::size_t>(tornado::process::cpu_count()));
    BOOST_TEST(child.join() == 0);
}

// Says the policy that each worker runs under.
void say_policies(const Child& self, int workers) {
    if (fork_processes(workers)) {
        self.say('w', ::sched_getscheduler(0));
    }
}

BOOST_AUTO_TEST_CASE(more_workers_than_processors_do_not_interrupt_each_other) {
    Child child{[](const Child& self) {
        say_policies(self, tornado::process::cpu_count() + 1);
        return 0;
    }};
    const auto count = static_cast<std::size_t>(tornado::process::cpu_count()) + 1;
    BOOST_TEST(numbers_of(child.all_words(), 'w') == Numbers(count, SCHED_BATCH));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(a_worker_with_a_processor_of_its_own_is_scheduled_as_usual) {
    Child child{[](const Child& self) {
        say_policies(self, 1);
        return 0;
    }};
    BOOST_TEST(numbers_of(child.all_words(), 'w') == (Numbers{SCHED_OTHER}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(a_policy_that_the_program_has_chosen_stays) {
    Child child{[](const Child& self) {
        const sched_param none{};
        ::sched_setscheduler(0, SCHED_IDLE, &none);
        say_policies(self, tornado::process::cpu_count() + 1);
        return 0;
    }};
    const auto count = static_cast<std::size_t>(tornado::process::cpu_count()) + 1;
    BOOST_TEST(numbers_of(child.all_words(), 'w') == Numbers(count, SCHED_IDLE));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(a_worker_that_crashes_or_fails_is_started_again_under_its_id) {
    // The life of each worker: crash, fail, end well. The pipe counts the lives.
    int lives[2];
    BOOST_REQUIRE(::pipe2(lives, O_CLOEXEC) == 0);
    for (const char life : {'1', '2', '3'}) {
        BOOST_REQUIRE(::write(lives[1], &life, 1) == 1);
    }
    Child child{[&](const Child& self) {
        const auto id = fork_processes(2);
        if (!id) {
            return 7;
        }
        self.say('w', *id);
        if (*id == 0) {
            return 0;
        }
        char life = 0;
        static_cast<void>(::read(lives[0], &life, 1));
        if (life == '1') {
            ::kill(::getpid(), SIGKILL);
        }
        return life == '2' ? 3 : 0;
    }};
    BOOST_TEST(numbers_of(child.all_words(), 'w') == (Numbers{0, 1, 1, 1}));
    BOOST_TEST(child.join() == 7);
    ::close(lives[0]);
    ::close(lives[1]);
}

BOOST_AUTO_TEST_CASE(too_many_restarts_end_it) {
    Child child{[](const Child& self) {
        if (const auto id = fork_processes(1, 3)) {
            self.say('w', *id);
            return 1;
        }
        return 0;
    }};
    BOOST_TEST(child.all_words().size() == 4U);  // once, and three restarts
    BOOST_TEST(child.join() == 51);              // std::runtime_error
}

BOOST_AUTO_TEST_CASE(restarts_of_all_workers_count_together_and_the_others_are_told_to_end) {
    Child child{[](const Child& self) {
        if (const auto id = fork_processes(2, 2)) {
            self.say('w', *id);
            if (*id == 0) {
                sleep_for_ever();
            }
            return 1;
        }
        return 0;
    }};
    BOOST_TEST(numbers_of(child.all_words(), 'w') == (Numbers{0, 1, 1, 1}));  // nobody sleeps on
    BOOST_TEST(child.join() == 51);
}

BOOST_AUTO_TEST_CASE(giving_up_waits_for_the_other_workers) {
    Child child{[](const Child& self) {
        try {
            if (const auto id = fork_processes(2, 0)) {
                if (*id == 0) {
                    sleep_for_ever();
                }
                return 1;
            }
        } catch (const std::runtime_error&) {
            const bool childless = ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
            self.say('c', childless ? 1 : 0);
            throw;
        }
        return 0;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'c', 1}}));
    BOOST_TEST(child.join() == 51);
}

BOOST_AUTO_TEST_CASE(a_worker_that_does_not_end_is_killed_when_the_parent_is_told_to) {
    int crash[2];
    BOOST_REQUIRE(::pipe2(crash, O_CLOEXEC) == 0);
    Child child{[&](const Child& self) {
        const auto id = fork_processes(2, 0);
        if (id && *id == 0) {
            char byte = 0;
            static_cast<void>(::read(crash[0], &byte, 1));
            return 1;
        }
        if (id) {
            ::signal(SIGTERM, [](int) { terminated = true; });
            self.say('r');
            while (!terminated) {
                ::usleep(1000);
            }
            self.say('t');
            sleep_for_ever();
        }
        return 0;
    }};
    BOOST_TEST(child.listen().what == 'r');
    BOOST_REQUIRE(::write(crash[1], "x", 1) == 1);
    BOOST_TEST(child.listen().what == 't');  // the parent has given up, and waits
    ::kill(child.pid(), SIGTERM);
    BOOST_TEST(child.all_words().empty());
    BOOST_TEST(child.join() == 51);
    ::close(crash[0]);
    ::close(crash[1]);
}

BOOST_AUTO_TEST_CASE(a_terminals_interrupt_reaches_a_worker_once) {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    BOOST_REQUIRE((terminal >= 0 && ::grantpt(terminal) == 0 && ::unlockpt(terminal) == 0));
    const std::string name = ::ptsname(terminal);
    Child child{[&](const Child& self) {
        ::setsid();
        static_cast<void>(::open(name.c_str(), O_RDWR));  // now it is ours
        ::signal(SIGINT, SIG_DFL);
        if (!fork_processes(1)) {
            return 7;
        }
        ::signal(SIGINT, [](int) { ++interrupts; });
        ::signal(SIGTERM, [](int) { terminated = true; });
        self.say('r');
        while (interrupts == 0) {
            ::usleep(1000);
        }
        self.say('i');
        while (!terminated) {
            ::usleep(1000);
        }
        self.say('n', interrupts);
        return 0;
    }};
    BOOST_TEST(child.listen().what == 'r');
    BOOST_REQUIRE(::write(terminal, "\x03", 1) == 1);
    BOOST_TEST(child.listen().what == 'i');
    ::kill(child.pid(), SIGTERM);  // which the parent passes on after the interrupt
    BOOST_TEST((child.all_words() == std::vector<Word>{{'n', 1}}));
    BOOST_TEST(child.join() == 7);
    ::close(terminal);
}

void parent_passes_on(int signal) {
    Child child{[signal](const Child& self) {
        ::signal(signal, SIG_DFL);  // whoever started the tests in the background has it ignored
        if (const auto id = fork_processes(2)) {
            self.say('w', *id);
            sleep_for_ever();
        }
        self.say('p');
        return 7;
    }};
    Numbers ids{child.listen().number, child.listen().number};
    std::sort(ids.begin(), ids.end());
    BOOST_TEST(ids == (Numbers{0, 1}));
    ::kill(child.pid(), signal);
    // Nobody is restarted, and the parent returns.
    BOOST_TEST((child.all_words() == std::vector<Word>{{'p', 0}}));
    BOOST_TEST(child.join() == 7);
}

BOOST_AUTO_TEST_CASE(sigterm_to_the_parent_ends_the_workers) {
    parent_passes_on(SIGTERM);
}

BOOST_AUTO_TEST_CASE(sigint_to_the_parent_ends_the_workers) {
    parent_passes_on(SIGINT);
}

BOOST_AUTO_TEST_CASE(a_worker_killed_by_sigterm_alone_is_started_again) {
    Child child{[](const Child& self) {
        if (const auto id = fork_processes(1)) {
            self.say('w', ::getpid());
            sleep_for_ever();
        }
        return 7;
    }};
    const auto first = child.listen().number;
    ::kill(first, SIGTERM);
    const auto second = child.listen().number;
    BOOST_TEST(second != first);
    ::kill(child.pid(), SIGTERM);
    BOOST_TEST(child.all_words().empty());
    BOOST_TEST(child.join() == 7);
}

BOOST_AUTO_TEST_CASE(a_worker_may_take_its_time_after_sigterm) {
    Child child{[](const Child& self) {
        if (fork_processes(1)) {
            sigset_t signals;
            ::sigemptyset(&signals);
            ::sigaddset(&signals, SIGTERM);
            ::sigprocmask(SIG_BLOCK, &signals, nullptr);
            self.say('w');
            int signal = 0;
            ::sigwait(&signals, &signal);
            self.say('d');  // as if it drained
            return 5;
        }
        self.say('p');
        return 7;
    }};
    BOOST_TEST(child.listen().what == 'w');
    ::kill(child.pid(), SIGTERM);
    BOOST_TEST((child.all_words() == std::vector<Word>{{'d', 0}, {'p', 0}}));
    BOOST_TEST(child.join() == 7);
}

BOOST_AUTO_TEST_CASE(workers_end_when_the_parent_is_killed) {
    Child child{[](const Child& self) {
        if (const auto id = fork_processes(2)) {
            self.say('w', *id);
            sleep_for_ever();
        }
        return 0;
    }};
    static_cast<void>(child.listen());
    static_cast<void>(child.listen());
    ::kill(child.pid(), SIGKILL);
    BOOST_TEST(child.all_words().empty());
    BOOST_TEST(child.join() == -SIGKILL);
}

BOOST_AUTO_TEST_CASE(signals_are_as_before_in_worker_and_parent) {
    Child child{[](const Child& self) {
        sigset_t mine;
        ::sigemptyset(&mine);
        ::sigaddset(&mine, SIGUSR1);
        ::sigprocmask(SIG_SETMASK, &mine, nullptr);
        const auto id = fork_processes(1);
        sigset_t now;
        ::sigprocmask(SIG_BLOCK, nullptr, &now);
        const bool same = ::sigismember(&now, SIGUSR1) == 1 && ::sigismember(&now, SIGTERM) == 0 &&
                          ::sigismember(&now, SIGINT) == 0 && ::sigismember(&now, SIGCHLD) == 0;
        self.say(id ? 'w' : 'p', same ? 1 : 0);
        return 0;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'w', 1}, {'p', 1}}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(it_works_in_a_program_that_inherits_an_ignored_sigchld) {
    Child child{[](const Child& self) {
        ::signal(SIGCHLD, SIG_IGN);
        ::alarm(30);  // rather than wait for ever
        const auto id = fork_processes(1);
        struct sigaction action {};
        ::sigaction(SIGCHLD, nullptr, &action);
        self.say(id ? 'w' : 'p', action.sa_handler == SIG_IGN ? 1 : 0);
        return 0;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'w', 1}, {'p', 1}}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(an_ignored_sigint_stays_ignored) {
    Child child{[](const Child& self) {
        ::signal(SIGINT, SIG_IGN);  // as nohup and shells without job control do
        if (fork_processes(1)) {
            self.say('w');
            sleep_for_ever();
        }
        return 7;
    }};
    BOOST_TEST(child.listen().what == 'w');
    ::kill(child.pid(), SIGINT);
    ::kill(child.pid(), SIGTERM);  // this one counts
    BOOST_TEST(child.all_words().empty());
    BOOST_TEST(child.join() == 7);
}

BOOST_AUTO_TEST_CASE(it_throws_when_a_loop_exists) {
    Child child{[](const Child&) {
        const tornado::ioloop::IOLoop loop;
        return fork_processes(1) ? 1 : 2;
    }};
    BOOST_TEST(child.join() == 50);  // std::logic_error
}

BOOST_AUTO_TEST_CASE(it_throws_in_a_running_loop_which_goes_on) {
    Child child{[](const Child& self) {
        tornado::ioloop::IOLoop loop;
        loop.add_callback([&] {
            try {
                static_cast<void>(fork_processes(1));
            } catch (const std::logic_error& error) {
                const std::string_view text = error.what();
                self.say('t', text.find("an IOLoop exists already") == 0 ? 1 : 0);
            }
        });
        loop.add_callback([&] { loop.stop(); });
        loop.start();
        return 7;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'t', 1}}));
    BOOST_TEST(child.join() == 7);
}

BOOST_AUTO_TEST_CASE(it_throws_when_another_thread_has_a_loop) {
    Child child{[](const Child& self) {
        std::promise<tornado::ioloop::IOLoop*> made;
        std::thread other{[&] {
            tornado::ioloop::IOLoop loop;
            loop.add_callback([&] { made.set_value(&loop); });
            loop.start();
        }};
        auto* const loop = made.get_future().get();
        try {
            static_cast<void>(fork_processes(1));
        } catch (const std::logic_error&) {
            self.say('t');
        }
        loop->stop();
        other.join();
        if (fork_processes(1)) {  // which has gone
            self.say('w');
        }
        return 0;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'t', 0}, {'w', 0}}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(it_throws_beside_a_pool_that_has_threads) {
    Child child{[](const Child& self) {
        tornado::ioloop::ThreadPoolExecutor pool{1};
        std::promise<void> ran;
        pool.submit([&] { ran.set_value(); });
        ran.get_future().wait();
        try {
            static_cast<void>(fork_processes(1));
        } catch (const std::logic_error& error) {
            const std::string_view text = error.what();
            self.say('t', text.find("a ThreadPoolExecutor has threads already") == 0 ? 1 : 0);
        }
        pool.shutdown();
        if (fork_processes(1)) {
            self.say('w');
        }
        return 0;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'t', 1}, {'w', 0}}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(it_throws_in_a_worker) {
    Child child{[](const Child& self) {
        if (fork_processes(1, 0)) {
            try {
                static_cast<void>(fork_processes(1));
            } catch (const std::logic_error&) {
                self.say('t');
            }
        }
        return 0;
    }};
    BOOST_TEST((child.all_words() == std::vector<Word>{{'t', 0}}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(each_worker_draws_random_numbers_of_its_own) {
    Child child{[](const Child& self) {
        std::srand(1);
        ::srand48(1);
        const int first = std::rand();
        const auto second = static_cast<int>(::lrand48());
        std::srand(1);
        ::srand48(1);
        if (fork_processes(2)) {
            self.say('r', std::rand());
            self.say('d', static_cast<int>(::lrand48()));
        } else {
            self.say('R', first);
            self.say('D', second);
        }
        return 0;
    }};
    const auto words = child.all_words();
    // Equal by chance once in some hundred million runs.
    for (const char generator : {'r', 'd'}) {
        const auto drawn = numbers_of(words, generator);
        const auto of_the_parent = numbers_of(words, generator == 'r' ? 'R' : 'D');
        BOOST_TEST(drawn.size() == 2U);
        BOOST_TEST(drawn.front() != drawn.back());
        BOOST_TEST((std::find(drawn.begin(), drawn.end(), of_the_parent.front()) == drawn.end()));
    }
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(a_worker_can_run_a_loop) {
    Child child{[](const Child& self) {
        if (const auto id = fork_processes(2)) {
            tornado::ioloop::IOLoop loop;
            self.say('w', loop.run_sync([&] { return *id * 10; }));
        }
        return 0;
    }};
    BOOST_TEST(numbers_of(child.all_words(), 'w') == (Numbers{0, 10}));
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(outside_of_a_worker_there_is_no_task_id) {
    BOOST_TEST(!task_id().has_value());
}

BOOST_AUTO_TEST_CASE(cpu_count_counts_the_processors_that_may_be_used) {
    Child child{[](const Child& self) {
        self.say('n', tornado::process::cpu_count());
        cpu_set_t set;
        ::sched_getaffinity(0, sizeof set, &set);
        int first = 0;
        while (!CPU_ISSET(first, &set)) {
            ++first;
        }
        CPU_ZERO(&set);
        CPU_SET(first, &set);
        ::sched_setaffinity(0, sizeof set, &set);
        self.say('n', tornado::process::cpu_count());
        return 0;
    }};
    BOOST_TEST(child.listen().number >= 1);
    BOOST_TEST(child.listen().number == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
