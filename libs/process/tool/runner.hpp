#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "../src/file_watcher.hpp"
#include "command_line.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/process/subprocess.hpp"

namespace tornado::process::tool {

/// Runs a program, and again whenever its files have changed.
class Runner {
public:
    Runner(ioloop::IOLoop& loop, CommandLine command_line);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /// Until all is over. The status to exit with.
    Future<int> run();
    /// Ends it all: the signal goes on to what runs, unless that has it from the terminal already.
    void end(int signal, bool from_terminal);

private:
    Future<bool> build();
    Future<int> build_once();
    std::set<std::string> changed_by_others();

    void start_program();
    Future<void> stop_program();
    Future<void> attend_program();
    void watch_program();

    Future<void> next_change();
    bool on_change(const std::vector<std::string>& changed);
    void finish(int status);

    ioloop::IOLoop& loop_;
    CommandLine command_line_;
    Environment environment_;
    std::shared_ptr<FileWatcher> watcher_;
    std::string program_file_;
    std::set<std::string> written_by_build_;

    std::optional<Subprocess> build_;
    std::optional<Subprocess> program_;
    std::optional<Future<void>> program_ended_;
    std::optional<Promise<void>> changed_;  // while it waits for a change
    bool was_started_ = false;
    bool stopping_ = false;       // the program, to start it again
    bool said_it_waits_ = false;  // for the program to be complete
    bool over_ = false;
    int status_ = 0;
};

}  // namespace tornado::process::tool
