#include "own_start.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <tornado/log/async_handler.hpp>

namespace tornado::process {

namespace fs = std::filesystem;

namespace {

constexpr int first_beyond_standard = 3;

std::string path_of_executable() {
    auto path = fs::read_symlink("/proc/self/exe").string();
    constexpr std::string_view mark = " (deleted)";  // it has been replaced since
    if (path.ends_with(mark) && !fs::exists(path)) {
        path.resize(path.size() - mark.size());
    }
    return path;
}

std::vector<std::string> own_arguments() {
    std::ifstream file{"/proc/self/cmdline", std::ios::binary};
    std::vector<std::string> arguments;
    for (std::string argument; std::getline(file, argument, '\0');) {
        arguments.push_back(argument);
    }
    if (arguments.empty()) {
        throw std::system_error{ENOENT, std::system_category(), "/proc/self/cmdline"};
    }
    return arguments;
}

bool is_inheritable(int fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

/// The descriptors, beyond the standard three, that an executed program would get.
std::vector<int> inheritable_descriptors() {
    std::vector<int> found;
    for (const auto& entry : fs::directory_iterator{"/proc/self/fd"}) {
        const auto name = entry.path().filename().string();
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (fd >= first_beyond_standard && is_inheritable(fd)) {
            found.push_back(fd);
        }
    }
    return found;
}

}  // namespace

OwnStart::OwnStart()
    : executable_{path_of_executable()},
      arguments_{own_arguments()},
      inheritable_{inheritable_descriptors()} {
    ::pthread_sigmask(SIG_SETMASK, nullptr, &signal_mask_);
}

void OwnStart::keep_only_inherited() const {
    std::vector<int> kept;
    for (const int fd : inheritable_) {
        if (is_inheritable(fd)) {  // else the number is another descriptor's by now
            kept.push_back(fd);
        }
    }
    // Before Linux 5.11 this fails: what others have left inheritable then stays so.
    ::close_range(first_beyond_standard, ~0U, CLOSE_RANGE_CLOEXEC);
    for (const int fd : kept) {
        ::fcntl(fd, F_SETFD, 0);
    }
}

std::error_code OwnStart::again() const {
    std::vector<char*> arguments;
    for (const auto& argument : arguments_) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);

    // Text that waits in these buffers would be lost.
    std::fflush(stdout);
    std::fflush(stderr);
    log::flush();

    keep_only_inherited();

    // An alarm that is set survives, to end a program that does not expect it.
    const itimerval off{};
    itimerval timer{};
    ::setitimer(ITIMER_REAL, &off, &timer);
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, &signal_mask_, &mask);

    ::execv(executable_.c_str(), arguments.data());
    const int error = errno;

    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    ::setitimer(ITIMER_REAL, &timer, nullptr);
    return {error, std::system_category()};
}

}  // namespace tornado::process
