// A program that does what the lines on its standard input say, and tells that it has done so. The
// tests of autoreload start it and talk to it. It first says in which run it is, and with which
// arguments.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <tornado/autoreload.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/log.hpp>
#include <tornado/netutil.hpp>
#include <tornado/process.hpp>

namespace autoreload = tornado::autoreload;
namespace fs = std::filesystem;
using tornado::ioloop::IOLoop;

// What a kernel says that has nothing left to give.
extern "C" int inotify_init1(int flags) noexcept {
    if (std::getenv("NO_INOTIFY") != nullptr) {
        errno = EMFILE;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_inotify_init1, flags));
}
extern "C" int inotify_add_watch(int fd, const char* path, uint32_t mask) noexcept {
    if (std::getenv("NO_INOTIFY_WATCHES") != nullptr) {
        errno = ENOSPC;
        return -1;
    }
    if (std::getenv("TELL_WATCHES") != nullptr) {
        std::fprintf(stderr, "watching %s\n", path);
    }
    return static_cast<int>(::syscall(SYS_inotify_add_watch, fd, path, mask));
}

namespace {

void say(const std::string& text) {
    const auto line = text + "\n";
    static_cast<void>(::write(STDOUT_FILENO, line.data(), line.size()));
}

/// The next line of standard input. Nothing is read ahead: the next run may want it.
std::string hear() {
    std::string line;
    for (char c = 0; ::read(STDIN_FILENO, &c, 1) == 1;) {
        if (c == '\n') {
            return line;
        }
        line += c;
    }
    std::exit(0);  // the test has gone
}

std::string open_descriptors() {
    std::string all;
    for (const auto& entry : fs::directory_iterator{"/proc/self/fd"}) {
        std::error_code error;
        all += " " + fs::read_symlink(entry.path(), error).string();
    }
    return all;
}

bool blocks(int signal) {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return ::sigismember(&mask, signal) == 1;
}

void block(int signal) {
    sigset_t mask;
    ::sigemptyset(&mask);
    ::sigaddset(&mask, signal);
    ::pthread_sigmask(SIG_BLOCK, &mask, nullptr);
}

std::vector<tornado::netutil::Socket> listeners;

void obey(const std::string& line) {
    const auto space = line.find(' ');
    const auto command = line.substr(0, space);
    const auto rest = space == line.npos ? "" : line.substr(space + 1);
    if (command == "start") {
        autoreload::start(
            rest.empty() ? std::chrono::hours{1} : std::chrono::milliseconds{std::stoi(rest)}
        );
    } else if (command == "watch") {
        autoreload::watch(rest);
    } else if (command == "hook") {
        autoreload::add_reload_hook([rest] { say("hook " + rest); });
    } else if (command == "bad_hook") {
        autoreload::add_reload_hook([rest] { throw std::runtime_error{rest}; });
    } else if (command == "wait") {
        autoreload::wait(rest);
    } else if (command == "fork") {
        if (!tornado::process::fork_processes(1, 0)) {
            std::exit(0);
        }
    } else if (command == "hold") {
        say("holding");
        hear();
    } else if (command == "print") {
        std::fputs(rest.c_str(), stdout);
    } else if (command == "listen") {
        listeners = tornado::netutil::bind_sockets(std::stoi(rest), {.address = "127.0.0.1"});
        say("port " +
            std::to_string(tornado::netutil::local_address(listeners.front().fileno()).port()));
    } else if (command == "leak") {
        static_cast<void>(::open(rest.c_str(), O_RDONLY));
    } else if (command == "descriptors") {
        say(open_descriptors());
    } else if (command == "block") {
        block(SIGUSR1);
    } else if (command == "blocks") {
        say(blocks(SIGUSR1) ? "yes" : "no");
    } else if (command == "directory") {
        fs::current_path(rest);
    } else if (command == "exit") {
        std::exit(std::stoi(rest));
    } else {
        throw std::invalid_argument{"what is " + line};
    }
    say("ok");
}

/// Obeys in the loop, until it is told to stop.
void run() {
    auto& loop = IOLoop::current();
    loop.add_handler(
        STDIN_FILENO,
        [&](int, tornado::ioloop::Events) {
            if (const auto line = hear(); line == "stop") {
                loop.stop();
            } else {
                obey(line);
            }
        },
        tornado::ioloop::Events::read
    );
    say("running");
    loop.start();
    loop.remove_handler(STDIN_FILENO);
}

}  // namespace

int main(int argc, char** argv) {
    tornado::log::enable_pretty_logging();
    const char* former = std::getenv("RUN");
    const auto number = std::to_string(former != nullptr ? std::stoi(former) + 1 : 1);
    ::setenv("RUN", number.c_str(), 1);
    std::string greeting = "run " + number + " of version " VERSION ":";
    for (int index = 0; index < argc; ++index) {
        greeting += " [" + std::string{argv[index]} + "]";
    }
    say(greeting);
    while (true) {
        if (const auto line = hear(); line == "run") {
            run();
        } else {
            obey(line);
        }
    }
}
