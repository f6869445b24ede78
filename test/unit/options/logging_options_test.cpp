#include <tornado/options/global.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "../temporary_folder.hpp"
#include "program.hpp"

namespace {

constexpr std::string_view green = "\x1b[32m";

struct LogFiles {
    /// Runs a program that writes the folder's file, as these options say too.
    [[nodiscard]] Outcome
    run_with(std::vector<std::string> args, const ProgramOptions& options = {}) const {
        args.push_back("--log-file-prefix=" + path);
        return run(std::move(args), options);
    }
    /// Leaves a file as an earlier run may have, which ended a minute ago.
    void make_old() const {
        write_file(path, "old\n");
        const timespec times[2] = {{std::time(nullptr) - 60, 0}, {std::time(nullptr) - 60, 0}};
        BOOST_REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    }
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
            all.push_back(entry.path().filename().string());
        }
        std::sort(all.begin(), all.end());
        return all;
    }

    TemporaryFolder folder;
    std::string path = folder / "log";
};

/// How many lines a text has that say so.
std::ptrdiff_t lines_in(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
}

BOOST_FIXTURE_TEST_SUITE(logging_options, LogFiles)

BOOST_AUTO_TEST_CASE(the_size_and_number_of_files_are_the_users) {
    const auto [output, status] = run_with(
        {"--lines=50", "--log-file-max-size=150", "--log-file-num-backups=2", "--log-to-stderr"}
    );
    BOOST_TEST(status == 0);
    BOOST_TEST(lines_in(output) == 51);
    const std::vector<std::string> expected{"log", "log.1", "log.2"};
    BOOST_TEST(names() == expected, boost::test_tools::per_element());
    for (const auto& name : expected) {
        const auto size = read_file(folder / name).size();
        BOOST_TEST(size > 0U);
        BOOST_TEST(size <= 150U);
    }
    BOOST_TEST(read_file(path).ends_with("line 50\n"));
    BOOST_TEST(read_file(path + ".1").find("line 50") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_is_all_unless_stderr_is_asked_for_too) {
    const auto [output, status] = run_with({"--lines=2"});
    BOOST_TEST(status == 0);
    BOOST_TEST(output.empty());
    BOOST_TEST(lines_in(read_file(path)) == 3);
    BOOST_TEST(run({"--log-to-stderr=false"}).output.empty());
}

BOOST_AUTO_TEST_CASE(files_rotate_by_time_as_the_user_says) {
    const auto rotates = [this](std::vector<std::string> args) {
        make_old();
        BOOST_TEST(run_with(std::move(args)).status == 0);
        const auto all = names();
        const bool has_backup =
            all.size() == 2 && all[1].starts_with("log.2") && read_file(folder / all[1]) == "old\n";
        BOOST_TEST((has_backup || all.size() == 1));
        for (const auto& name : all) {
            std::filesystem::remove(folder / name);
        }
        return has_backup;
    };
    const std::string by_time = "--log-rotate-mode=time";
    BOOST_TEST(rotates({by_time, "--log-rotate-when=S"}));
    BOOST_TEST(rotates({"--log-rotate-mode=TIME", "--log-rotate-when=S", "--log-rotate-interval=50"}
    ));
    BOOST_TEST(!rotates({by_time, "--log-rotate-when=S", "--log-rotate-interval=3600"}));
    BOOST_TEST(!rotates({by_time, "--log-rotate-when=H"}));
    BOOST_TEST(!rotates({"--log-rotate-when=S"}));
}

BOOST_AUTO_TEST_CASE(as_many_dated_files_are_kept_as_the_user_says) {
    make_old();
    write_file(path + ".2001-01-01_00-00-00", "older\n");
    write_file(path + ".2002-01-01_00-00-00", "less old\n");
    const auto outcome =
        run_with({"--log-rotate-mode=time", "--log-rotate-when=S", "--log-file-num-backups=2"});
    BOOST_TEST(outcome.status == 0);
    const auto all = names();
    BOOST_TEST_REQUIRE(all.size() == 3U);
    BOOST_TEST(all[1] == "log.2002-01-01_00-00-00");
    BOOST_TEST(read_file(folder / all[2]) == "old\n");
}

BOOST_AUTO_TEST_CASE(colours_are_for_terminals) {
    const ProgramOptions terminal{.on_terminal = true, .term = "xterm"};
    const auto coloured = run({}, terminal).output;
    BOOST_TEST(coloured.starts_with(std::string{green} + "[I "));
    BOOST_TEST(coloured.find("]\x1b[0m port 8888") != coloured.npos);
    BOOST_TEST(run({}, {.on_terminal = true, .term = "dumb"}).output.starts_with("[I "));
    BOOST_TEST(run({}, {.on_terminal = true}).output.starts_with("[I "));
    BOOST_TEST(run({}, {.term = "xterm"}).output.starts_with("[I "));
    BOOST_TEST(run({"--log-format=json"}, terminal).output.starts_with("{\"time\""));
}

BOOST_AUTO_TEST_CASE(files_have_no_colours_where_stderr_has) {
    const auto outcome = run_with({"--log-to-stderr"}, {.on_terminal = true, .term = "xterm"});
    BOOST_TEST(outcome.output.starts_with(green));
    BOOST_TEST(read_file(path).starts_with("[I "));
    BOOST_TEST(read_file(path).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
