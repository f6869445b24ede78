// tornado-autoreload: runs a program again whenever its files have changed; see command_line.cpp.
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "end_signals.hpp"
#include "runner.hpp"

namespace tool = tornado::process::tool;

namespace {

int fail(const std::exception& error, int status) {
    std::fprintf(stderr, "tornado-autoreload: %s\n", error.what());
    return status;
}

int run(tool::CommandLine command_line) {
    if (command_line.help) {
        std::fputs(tool::usage, stdout);
        return 0;
    }
    tornado::ioloop::IOLoop loop;
    tool::Runner runner{loop, std::move(command_line)};
    const tool::EndSignals signals{
        loop, [&](int signal, bool from_terminal) { runner.end(signal, from_terminal); }};
    return loop.run_sync([&] { return runner.run(); });
}

}  // namespace

int main(int argc, char** argv) try {
    std::optional<tool::CommandLine> command_line;
    try {
        command_line = tool::parse(std::vector<std::string>(argv + 1, argv + argc));
    } catch (const std::invalid_argument& error) {
        return fail(error, 2);
    }
    return run(*std::move(command_line));
} catch (const std::exception& error) {
    return fail(error, 1);
}
