// Log files that several processes write, as the workers of one program do.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <tornado/log/rotating_file_handler.hpp>
#include <tornado/log/timed_rotating_file_handler.hpp>
#include <vector>

#include "capture.hpp"

namespace {

namespace fs = std::filesystem;
using namespace tornado::log;

constexpr int processes = 4;
constexpr int lines_of_each = 1'500;

std::unique_ptr<Formatter> bare() {
    return std::make_unique<LogFormatter>(LogFormatterOptions{.color = false, .format = "{message}"}
    );
}

/// The process's number and the line's, and a time that goes on by a second with each line.
Record record_of(int process, int line) {
    using namespace std::chrono;
    const auto begin = sys_days{2024y / January / 1} + hours{12};
    return {
        Level::info,
        "test",
        begin + seconds{line},
        std::to_string(process) + ' ' + std::to_string(line)};
}

/// All processes write at a time, each with what it has inherited of `handler`.
void write_at_once(FileHandler& handler) {
    std::array<int, 2> gate{};
    BOOST_REQUIRE(::pipe2(gate.data(), O_CLOEXEC) == 0);
    std::fflush(nullptr);  // else the children print what is waiting, too
    std::vector<pid_t> children;
    for (int process = 0; process < processes; ++process) {
        const auto child = ::fork();
        BOOST_REQUIRE(child >= 0);
        if (child == 0) {
            ::close(gate[1]);
            char byte = 0;
            static_cast<void>(::read(gate[0], &byte, 1));  // until the parent opens it
            for (int line = 0; line < lines_of_each; ++line) {
                emit_guarded(handler, record_of(process, line));
            }
            ::_exit(handler.lost() == 0 ? 0 : 1);
        }
        children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    for (const auto child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        BOOST_TEST(status == 0);
    }
}

/// That each line is in one of the files, and in one alone.
void check_lines(const TemporaryFolder& folder) {
    std::set<std::string> lines;
    int count = 0;
    for (const auto& entry : fs::directory_iterator{folder.path()}) {
        std::istringstream text{read_file(entry.path().string())};
        for (std::string line; std::getline(text, line); ++count) {
            lines.insert(line);
        }
    }
    BOOST_TEST(count == processes * lines_of_each);
    BOOST_TEST(lines.size() == static_cast<std::size_t>(count));
}

BOOST_AUTO_TEST_SUITE(shared_log_files)

BOOST_AUTO_TEST_CASE(that_rotate_by_size_lose_no_line_and_leave_no_small_backup) {
    const TemporaryFolder folder;
    constexpr std::size_t size = 4'096;
    RotatingFileHandler handler{folder / "log", size, 1'000, bare()};
    write_at_once(handler);
    check_lines(folder);
    std::size_t backups = 0;
    for (const auto& entry : fs::directory_iterator{folder.path()}) {
        if (entry.path().filename() != "log") {
            ++backups;
            BOOST_TEST(entry.file_size() > size - 16);  // a line is shorter
        }
    }
    BOOST_TEST(backups > 1U);
}

BOOST_AUTO_TEST_CASE(that_rotate_by_time_lose_no_line) {
    const TemporaryFolder folder;
    TimedRotatingFileHandler handler{folder / "log", "M", 1, 0, bare()};
    write_at_once(handler);
    check_lines(folder);
}

BOOST_AUTO_TEST_CASE(that_somebody_has_moved_go_on_under_their_name) {
    const TemporaryFolder folder;
    RotatingFileHandler handler{folder / "log", 8, 5, bare()};
    handler.emit(record_of(1, 1));
    fs::rename(folder / "log", folder / "moved");
    handler.emit(record_of(1, 2));
    handler.emit(record_of(1, 3));
    BOOST_TEST(read_file(folder / "moved") == "1 1\n1 2\n");
    BOOST_TEST(read_file(folder / "log") == "1 3\n");
    BOOST_TEST(!fs::exists(folder / "log.1"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
