#include "exit_notice.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace tornado::process {

namespace {

std::atomic<bool> pidfds_wanted = true;

// The functions of glibc 2.36 are not declared for C++.

int pidfd_open(pid_t pid) noexcept {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));  // closed by exec
}

int pidfd_send_signal(int pidfd, int signal) noexcept {
    return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

}  // namespace

ExitNotice::ExitNotice(pid_t pid) : pidfd_{pidfds_wanted ? pidfd_open(pid) : -1} {
    if (!pidfd_) {
        signal_.emplace();
    }
}

int ExitNotice::send(pid_t pid, int signal) const noexcept {
    const int result =
        has_pidfd() ? pidfd_send_signal(pidfd_.fileno(), signal) : ::kill(pid, signal);
    return result == 0 ? 0 : errno;
}

void ExitNotice::use_pidfds(bool use) noexcept {
    pidfds_wanted = use;
}

}  // namespace tornado::process
