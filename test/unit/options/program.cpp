#include "program.hpp"

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <tornado/log/async_handler.hpp>
#include <tornado/log/logger.hpp>
#include <tornado/options/global.hpp>

namespace log = tornado::log;
namespace options = tornado::options;

namespace {

[[noreturn]] void be_program(std::vector<std::string> args) {
    args.insert(args.begin(), "/usr/bin/prog");
    std::vector<char*> argv;
    for (auto& arg : args) {
        argv.push_back(arg.data());
    }
    argv.push_back(nullptr);
    options::define("port", 8888, "run on the given port");
    options::define("lines", 0, "how much to log");
    const auto rest = options::parse_command_line(static_cast<int>(args.size()), argv.data());
    log::gen_log().info("port ", options::get<int>("port"), " and ", rest.size(), " more");
    for (int i = 1; i <= options::get<int>("lines"); ++i) {
        log::gen_log().info("line ", i);
    }
    log::flush();
    ::_exit(0);
}

}  // namespace

Outcome run(std::vector<std::string> args, const ProgramOptions& its) {
    int ends[2];
    BOOST_REQUIRE(
        (its.on_terminal ? ::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) : ::pipe(ends)
        ) == 0
    );
    std::fflush(nullptr);  // else the child prints what is waiting, too
    const auto child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        ::close(ends[0]);
        ::dup2(ends[1], STDERR_FILENO);
        its.term != nullptr ? ::setenv("TERM", its.term, 1) : ::unsetenv("TERM");
        be_program(std::move(args));
    }
    ::close(ends[1]);
    Outcome outcome;
    char buffer[4096];
    for (auto count = ::read(ends[0], buffer, sizeof buffer); count > 0;
         count = ::read(ends[0], buffer, sizeof buffer)) {
        outcome.output.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}
