#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <tornado/process/subprocess.hpp>
#include <vector>

#include "../../../libs/process/src/exit_notice.hpp"
#include "../descriptors.hpp"
#include "../ioloop/support.hpp"
#include "../loop_fixture.hpp"
#include "../temporary_folder.hpp"
#include "support.hpp"

using Words = std::vector<std::string>;

inline Words shell(const std::string& script) {
    return {"/bin/sh", "-c", script};
}

/// A loop, for processes that it watches.
struct ProcessFixture : LoopFixture {
    /// Makes the loop open what it keeps open once it has watched a process.
    void watch_a_first_one() {
        tornado::process::Subprocess first{{"true"}};
        wait(first.wait_for_exit());
    }
};

/// Whether this process has any child, running or dead.
inline bool has_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

/// While it lives, the kernel has pidfds or not.
class Pidfds {
public:
    explicit Pidfds(bool present) { tornado::process::ExitNotice::use_pidfds(present); }
    ~Pidfds() { tornado::process::ExitNotice::use_pidfds(true); }
    Pidfds(const Pidfds&) = delete;
    Pidfds& operator=(const Pidfds&) = delete;
};

/// What is in a pipe, until its end.
inline std::string drain(int descriptor) {
    std::string all;
    std::array<char, 4096> part;
    ssize_t count = 0;
    while ((count = ::read(descriptor, part.data(), part.size())) > 0) {
        all.append(part.data(), static_cast<std::size_t>(count));
    }
    return all;
}

/// A process that ends when a byte comes, and not before.
class Waiter {
public:
    explicit Waiter(const std::string& then = "true") : Waiter{then, Pipe{}} {}

    [[nodiscard]] tornado::process::Subprocess& process() { return process_; }
    void let_go() { static_cast<void>(::write(writer_, "\n", 1)); }
    ~Waiter() { ::close(writer_); }

private:
    Waiter(const std::string& then, const Pipe& pipe)
        : process_{shell("read line; " + then), {.stdin_ = pipe.reader()}},
          writer_{::fcntl(pipe.writer(), F_DUPFD_CLOEXEC, 0)} {}

    tornado::process::Subprocess process_;
    int writer_;
};
