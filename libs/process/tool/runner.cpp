#include "runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "../src/executable.hpp"
#include "../src/program_path.hpp"

namespace tornado::process::tool {

namespace {

/// What shells add to the number of the signal that killed a program.
constexpr int killed_by = 128;

void say(const std::string& sentence) {
    std::fprintf(stderr, "tornado-autoreload: %s\n", sentence.c_str());
}

std::string how_it_ended(int returncode) {
    if (returncode >= 0) {
        return "exited with status " + std::to_string(returncode);
    }
    return "was killed by signal " + std::to_string(-returncode) + " (" + ::strsignal(-returncode) +
           ")";
}

Environment environment_of_program() {
    auto environment = current_environment();
    environment["TORNADO_AUTORELOAD"] = std::to_string(::getpid());
    return environment;
}

}  // namespace

Runner::Runner(ioloop::IOLoop& loop, CommandLine command_line)
    : loop_{loop},
      command_line_{std::move(command_line)},
      environment_{environment_of_program()},
      watcher_{std::make_shared<FileWatcher>(
          loop,
          std::chrono::milliseconds{500},
          [this](const auto& changed) { return on_change(changed); }
      )} {
    watcher_->start();
    watch_program();
    for (const auto& path : command_line_.watch) {
        auto watched = watched_path(path);
        if (!watched.accepted.exists) {
            say("there is no " + path + " yet; it is waited for");
        }
        watcher_->watch(std::move(watched));
    }
}

Runner::~Runner() {
    watcher_->stop();
}

Future<int> Runner::run() {
    while (!over_) {
        const bool is_built = co_await build();
        if (is_built) {
            co_await stop_program();
            start_program();
        }
        if (!over_) {
            co_await next_change();
        }
    }
    if (program_) {
        co_await *program_ended_;
    }
    co_return status_;
}

void Runner::finish(int status) {
    over_ = true;
    status_ = status;
    if (auto waiting = std::exchange(changed_, std::nullopt)) {
        waiting->set_result();
    }
}

void Runner::end(int signal, bool from_terminal) {
    if (build_) {
        // A shell would leave the others of its group behind. The terminal does not know the group.
        ::kill(-build_->pid(), signal);
    }
    if (program_ && !from_terminal) {
        program_->send_signal(signal);
    }
    finish(killed_by + signal);
}

// Changes

Future<void> Runner::next_change() {
    changed_.emplace();
    return changed_->future();
}

bool Runner::on_change(const std::vector<std::string>& changed) {
    if (!changed_) {
        return false;  // it builds, or the program is about to end
    }
    const bool builds = !command_line_.build.empty();
    if (!builds && !program_file_.empty() && !is_complete_executable(program_file_)) {
        if (!std::exchange(said_it_waits_, true)) {
            say(changed.front() + " modified; waiting for " + program_file_ + " to be complete");
        }
        return false;
    }
    said_it_waits_ = false;
    say(changed.front() + " modified; " + (builds ? "building" : "starting") + " again");
    auto waiting = std::exchange(changed_, std::nullopt);
    waiting->set_result();
    return true;
}

// Building

Future<bool> Runner::build() {
    if (command_line_.build.empty()) {
        co_return true;
    }
    std::set<std::string> former;
    static_cast<void>(watcher_->take_changes());
    while (true) {
        const int returncode = co_await build_once();
        // What changes in each of two builds, one at the heels of the other, the build itself
        // writes. Anything else may have come too late for it.
        std::set<std::string> news;
        for (const auto& path : changed_by_others()) {
            if (former.contains(path)) {
                written_by_build_.insert(path);
            } else {
                news.insert(path);
            }
        }
        if (over_) {
            co_return false;
        }
        if (!news.empty()) {
            say(*news.begin() + " modified during the build; building again");
            former = std::move(news);
            continue;
        }
        if (returncode != 0) {
            say("the build " + how_it_ended(returncode) + "; waiting for a change" +
                (program_ ? ", while the program runs on" : ""));
        }
        co_return returncode == 0;
    }
}

Future<int> Runner::build_once() {
    SubprocessOptions options;
    options.new_process_group = true;
    options.stdin_ = Subprocess::DEVNULL;
    const std::vector<std::string> shell{"/bin/sh", "-c", command_line_.build};
    build_.emplace(shell, options);
    const int returncode = co_await build_->wait_for_exit(false);
    build_.reset();
    co_return returncode;
}

/// What has changed during a build, except what builds write.
std::set<std::string> Runner::changed_by_others() {
    std::set<std::string> changed;
    for (auto& path : watcher_->take_changes()) {
        if (path != program_file_ && !written_by_build_.contains(path)) {
            changed.insert(std::move(path));
        }
    }
    return changed;
}

// The program

/// Its file may not be there before it is built.
void Runner::watch_program() {
    const auto path = environment_.find("PATH");
    std::error_code error;
    const auto file = find_program(
        command_line_.program.front(),
        path != environment_.end() ? path->second : "/bin:/usr/bin",
        "",
        error
    );
    if (!error && !file.empty()) {
        auto watched = watched_path(file);
        program_file_ = watched.path;
        watcher_->watch(std::move(watched));
    }
}

void Runner::start_program() {
    if (over_) {
        return;
    }
    watch_program();
    SubprocessOptions options;
    options.env = environment_;
    try {
        program_.emplace(command_line_.program, options);
    } catch (const std::system_error& error) {
        constexpr int not_found = 127;  // as shells say
        constexpr int not_executable = 126;
        say(error.what() + std::string{was_started_ ? "; waiting for a change" : ""});
        if (!was_started_) {
            finish(
                error.code() == std::errc::no_such_file_or_directory ? not_found : not_executable
            );
        }
        return;
    }
    was_started_ = true;
    program_ended_ = attend_program();
}

Future<void> Runner::attend_program() {
    const int returncode = co_await program_->wait_for_exit(false);
    program_.reset();
    if (over_) {
        status_ = returncode < 0 ? killed_by - returncode : returncode;
    } else if (stopping_) {
        stopping_ = false;
    } else if (returncode == 0 && command_line_.until_success) {
        finish(0);
    } else {
        say("the program " + how_it_ended(returncode) + "; waiting for a change");
    }
}

Future<void> Runner::stop_program() {
    if (!program_ || over_) {
        co_return;
    }
    stopping_ = true;
    program_->send_signal(SIGTERM);
    const auto last_resort = loop_.call_later(command_line_.grace, [this] {
        if (program_) {
            say("the program takes too long to end; killing it");
            program_->send_signal(SIGKILL);
        }
    });
    co_await *program_ended_;
    loop_.remove_timeout(last_resort);
}

}  // namespace tornado::process::tool
