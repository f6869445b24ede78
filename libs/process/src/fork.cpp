#include "tornado/process/fork.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tornado/ioloop/loop_count.hpp"
#include "tornado/log.hpp"
#include "tornado/util/secure_random.hpp"

namespace tornado::process {

namespace {

using Clock = std::chrono::steady_clock;

/// For workers that are to end because one of them fails again and again.
constexpr auto grace_period = std::chrono::seconds{10};

std::optional<int> this_task;

/// Or all workers would draw the same numbers from the C library's generators.
void reseed_random() {
    std::array<unsigned short, 5> seeds{};
    util::fill_secure_random(std::as_writable_bytes(std::span{seeds}));
    ::seed48(seeds.data());
    std::srand(static_cast<unsigned>(seeds[3]) << 16U | seeds[4]);
}

/// Workers that share a processor would interrupt each other at each wake-up, to serve the one
/// connection that had woken them. As a batch process each finishes with all that are ready.
void take_turns_with_other_workers() noexcept {
    if (::sched_getscheduler(0) == SCHED_OTHER) {  // nobody has chosen another
        const sched_param none{};
        ::sched_setscheduler(0, SCHED_BATCH, &none);
    }
}

/// The parent's side: the workers, and the signals that speak of them.
class Nursery {
public:
    Nursery(
        bool shares_processors,
        int max_restarts,
        util::UniqueFunction<void()> on_stop,
        Restart restart
    )
        : on_stop_{std::move(on_stop)},
          restart_{restart},
          shares_processors_{shares_processors},
          restarts_left_{max_restarts},
          parent_{::getpid()} {
        // While SIGCHLD is ignored, as a program may inherit it, the kernel tells of no child's
        // end.
        struct sigaction standard {};
        standard.sa_handler = SIG_DFL;
        ::sigaction(SIGCHLD, &standard, &former_on_child_);
        ::sigemptyset(&signals_);
        ::sigaddset(&signals_, SIGCHLD);
        for (const int signal : {SIGTERM, SIGINT}) {
            if (!is_ignored(signal)) {
                ::sigaddset(&signals_, signal);
            }
        }
        // Blocked, so that sigwaitinfo() gets each one and none is lost between two waits.
        ::pthread_sigmask(SIG_BLOCK, &signals_, &former_);
    }
    Nursery(const Nursery&) = delete;
    Nursery& operator=(const Nursery&) = delete;
    ~Nursery() {
        ::sigaction(SIGCHLD, &former_on_child_, nullptr);
        ::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
    }

    /// True in the worker.
    bool fork_worker(int task) {
        const auto pid = ::fork();
        if (pid < 0) {
            const int error = errno;
            end_workers();
            throw std::system_error{error, std::system_category(), "fork"};
        }
        if (pid > 0) {
            workers_.emplace(pid, task);
            return false;
        }
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent_) {
            ::raise(SIGTERM);  // it died before we asked to be told
        }
        this_task = task;
        reseed_random();
        if (shares_processors_) {
            take_turns_with_other_workers();
        }
        return true;
    }

    /// Until all workers have ended, or in a worker that was forked again: its task id.
    std::optional<int> look_after() {
        while (!workers_.empty()) {
            siginfo_t info{};
            const int signal = ::sigwaitinfo(&signals_, &info);
            if (signal == SIGTERM || signal == SIGINT) {
                if (!std::exchange(stopping_, true)) {
                    tell_of_stop();
                }
                if (info.si_code != SI_KERNEL) {  // a terminal tells the workers itself
                    signal_workers(signal);
                }
            } else if (signal == SIGCHLD) {
                if (const auto task = reap()) {
                    return task;
                }
            }
        }
        return std::nullopt;
    }

private:
    void tell_of_stop() {
        try {
            if (on_stop_) {
                on_stop_();
            }
        } catch (...) {  // the workers are to be stopped all the same
            log::gen_log().error(
                "Exception before the workers stop: ",
                log::format_exception(std::current_exception())
            );
        }
    }

    static bool is_ignored(int signal) noexcept {
        struct sigaction action {};
        return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
    }

    std::optional<int> reap() {
        int status = 0;
        pid_t pid = 0;
        while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
            const auto found = workers_.extract(pid);
            if (!found) {
                continue;  // somebody else's child
            }
            const int task = found.mapped();
            const bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
            if (stopping_ || (ended_well && restart_ == Restart::failed)) {
                log::gen_log().info("child ", task, " (pid ", pid, ") ended");
                continue;
            }
            if (WIFSIGNALED(status)) {
                log::gen_log().warning(
                    "child ",
                    task,
                    " (pid ",
                    pid,
                    ") killed by signal ",
                    WTERMSIG(status),
                    ", restarting"
                );
            } else {
                log::gen_log().warning(
                    "child ",
                    task,
                    " (pid ",
                    pid,
                    ") exited with status ",
                    WEXITSTATUS(status),
                    ", restarting"
                );
            }
            if (restarts_left_-- <= 0) {
                end_workers();
                throw std::runtime_error{"Too many child restarts, giving up"};
            }
            if (fork_worker(task)) {
                return task;
            }
        }
        return std::nullopt;
    }

    /// Tells the workers to end, and waits until they have. They are killed when their time is
    /// over, or when a signal says that it shall be now.
    void end_workers() noexcept {
        signal_workers(SIGTERM);
        const auto deadline = Clock::now() + grace_period;
        forget_ended(WNOHANG);
        while (!workers_.empty()) {
            if (!wait_for_child(deadline - Clock::now())) {
                signal_workers(SIGKILL);
                forget_ended(0);
            }
            forget_ended(WNOHANG);
        }
    }

    void forget_ended(int options) noexcept {
        std::erase_if(workers_, [options](const auto& worker) {
            pid_t result = 0;
            do {
                result = ::waitpid(worker.first, nullptr, options);
            } while (result < 0 && errno == EINTR);
            return result != 0;
        });
    }

    /// False when another signal than a child's has come, or when the time is over.
    [[nodiscard]] bool wait_for_child(Clock::duration time) const noexcept {
        using std::chrono::nanoseconds;
        using std::chrono::seconds;
        const auto left = std::max<nanoseconds>(time, nanoseconds::zero());
        timespec limit{};
        limit.tv_sec = left / seconds{1};
        limit.tv_nsec = left % seconds{1} / nanoseconds{1};
        const int signal = ::sigtimedwait(&signals_, nullptr, &limit);
        return signal == SIGCHLD || (signal < 0 && errno == EINTR);
    }

    void signal_workers(int signal) noexcept {
        for (const auto& [pid, task] : workers_) {
            ::kill(pid, signal);
        }
    }

    std::map<pid_t, int> workers_;
    util::UniqueFunction<void()> on_stop_;
    Restart restart_;
    bool shares_processors_;
    int restarts_left_;
    pid_t parent_;
    bool stopping_ = false;
    sigset_t signals_{};
    sigset_t former_{};
    struct sigaction former_on_child_ {};
};

}  // namespace

int cpu_count() noexcept {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

std::optional<int> task_id() noexcept {
    return this_task;
}

std::optional<int> fork_processes(int count, int max_restarts) {
    return fork_processes(count, max_restarts, nullptr);
}

std::optional<int>
fork_processes(int count, int max_restarts, util::UniqueFunction<void()> on_stop, Restart restart) {
    if (this_task) {
        throw std::logic_error{
            "fork_processes() was called in a worker: call it once, before the loop"};
    }
    if (ioloop::loop_count() > 0) {
        throw std::logic_error{
            "an IOLoop exists already: call fork_processes() or start(n) before IOLoop::current()"};
    }
    if (ioloop::pool_thread_count() > 0) {
        throw std::logic_error{
            "a ThreadPoolExecutor has threads already, which the workers would lack: call "
            "fork_processes() or start(n) before it is used, or shutdown() it first"};
    }
    if (count <= 0) {
        count = cpu_count();
    }
    log::gen_log().info("Starting ", count, " processes");
    Nursery nursery{count > cpu_count(), max_restarts, std::move(on_stop), restart};
    for (int task = 0; task < count; ++task) {
        if (nursery.fork_worker(task)) {
            return task;
        }
    }
    return nursery.look_after();
}

}  // namespace tornado::process
