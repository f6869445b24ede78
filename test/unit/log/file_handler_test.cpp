#include <tornado/log/file_handler.hpp>

#include <sys/resource.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <tornado/log/rotating_file_handler.hpp>
#include <tornado/log/timed_rotating_file_handler.hpp>
#include <tornado/util/scope_exit.hpp>

#include "capture.hpp"

namespace {

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using namespace tornado::log;
using Time = std::chrono::system_clock::time_point;
using tornado::util::ScopeExit;

/// A time in January 2024, in local time; 1 January was a Monday.
Time january(int day, int hour, int minute = 0) {
    std::tm parts{};
    parts.tm_year = 124;
    parts.tm_mday = day;
    parts.tm_hour = hour;
    parts.tm_min = minute;
    parts.tm_isdst = -1;
    return std::chrono::system_clock::from_time_t(std::mktime(&parts));
}

void emit(Handler& handler, std::string message, Time time = january(1, 0)) {
    handler.emit({Level::info, "test", time, std::move(message)});
}

std::unique_ptr<Formatter> bare() {
    return std::make_unique<LogFormatter>(LogFormatterOptions{.color = false, .format = "{message}"}
    );
}

std::set<std::string> names_in(const TemporaryFolder& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
        names.insert(entry.path().filename().string());
    }
    return names;
}

/// While it lives, the process can open nothing more.
class NoDescriptors {
public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &former_);
        const rlimit none{0, former_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &former_); }

private:
    rlimit former_{};
};

/// While it lives, local time is that of another place.
class TimeZone {
public:
    explicit TimeZone(const char* name) {
        if (const char* const present = std::getenv("TZ")) {
            former_ = present;
        }
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;
    ~TimeZone() {
        former_ ? ::setenv("TZ", former_->c_str(), 1) : ::unsetenv("TZ");
        ::tzset();
    }

private:
    std::optional<std::string> former_;
};

BOOST_AUTO_TEST_SUITE(file_handler)

BOOST_AUTO_TEST_CASE(appends_to_what_is_there) {
    TemporaryFolder folder;
    {
        FileHandler handler{folder / "log", bare()};
        emit(handler, "one");
    }
    FileHandler handler{folder / "log", bare()};
    emit(handler, "two");
    BOOST_TEST(read_file(folder / "log") == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(stays_where_it_is_when_the_process_changes_its_folder) {
    const TemporaryFolder folder;
    const TemporaryFolder other;
    const ScopeExit back{
        [present = std::filesystem::current_path()] { std::filesystem::current_path(present); }};
    std::filesystem::current_path(folder.path());
    RotatingFileHandler handler{"log", 1, 5, bare()};
    emit(handler, "one");
    std::filesystem::current_path(other.path());
    emit(handler, "two");
    BOOST_TEST(read_file(folder / "log") == "two\n");
    BOOST_TEST(read_file(folder / "log.1") == "one\n");
    BOOST_TEST(names_in(other).empty());
}

BOOST_AUTO_TEST_CASE(says_which_file_cannot_be_opened) {
    BOOST_CHECK_EXCEPTION(
        FileHandler{"/nowhere/at/all.log"},
        std::system_error,
        [](const auto& error) {
            return std::string_view{error.what()}.find("/nowhere/at/all.log") !=
                       std::string_view::npos &&
                   error.code() == std::errc::no_such_file_or_directory;
        }
    );
}

BOOST_AUTO_TEST_CASE(lines_of_several_threads_are_neither_lost_nor_torn) {
    TemporaryFolder folder;
    RotatingFileHandler handler{folder / "log", 4000, 100, bare()};
    std::vector<std::thread> workers;
    for (int t = 0; t < 4; ++t) {
        workers.emplace_back([&handler, t] {
            for (int i = 0; i < 250; ++i) {
                emit(handler, std::to_string(t) + ':' + std::to_string(i) + ';');
            }
        });
    }
    for (auto& worker : workers) {
        worker.join();
    }
    std::set<std::string> lines;
    for (const auto& name : names_in(folder)) {
        std::ifstream file{folder / name};
        for (std::string line; std::getline(file, line);) {
            BOOST_TEST(line.ends_with(';'));
            lines.insert(line);
        }
    }
    BOOST_TEST(lines.size() == 1000U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rotating_file_handler)

BOOST_AUTO_TEST_CASE(sets_files_aside_before_they_grow_too_big) {
    TemporaryFolder folder;
    RotatingFileHandler handler{folder / "log", 8, 2, bare()};
    for (const auto* message : {"aaa", "bbb", "ccc", "a message beyond the limit", "ddd"}) {
        emit(handler, message);
    }
    BOOST_TEST(read_file(folder / "log") == "ddd\n");
    BOOST_TEST(read_file(folder / "log.1") == "a message beyond the limit\n");
    BOOST_TEST(read_file(folder / "log.2") == "ccc\n");
    BOOST_TEST(names_in(folder).size() == 3U);
}

BOOST_AUTO_TEST_CASE(counts_what_an_earlier_run_wrote) {
    TemporaryFolder folder;
    std::ofstream{folder / "log"} << "earlier\n";
    RotatingFileHandler handler{folder / "log", 8, 1, bare()};
    emit(handler, "new");
    BOOST_TEST(read_file(folder / "log.1") == "earlier\n");
    BOOST_TEST(read_file(folder / "log") == "new\n");
}

BOOST_AUTO_TEST_CASE(goes_through_the_backups_that_are_there_however_many_there_may_be) {
    TemporaryFolder folder;
    RotatingFileHandler handler{folder / "log", 4, std::numeric_limits<std::size_t>::max(), bare()};
    for (const auto* const message : {"one", "two", "three"}) {
        emit(handler, message);
    }
    BOOST_TEST(read_file(folder / "log.2") == "one\n");
    BOOST_TEST(read_file(folder / "log.1") == "two\n");
    BOOST_TEST(read_file(folder / "log") == "three\n");
}

BOOST_AUTO_TEST_CASE(says_once_that_it_cannot_set_a_file_aside_and_tries_again_later) {
    TemporaryFolder folder;
    std::filesystem::create_directory(folder / "log.1");
    RotatingFileHandler handler{folder / "log", 4, 1, bare()};
    StderrCapture capture;
    for (const auto* const message : {"one", "two", "six"}) {
        emit(handler, message);
    }
    const auto said = capture.text();
    const std::string file = folder / "log";
    BOOST_TEST(
        said == "The log file " + file + " cannot be renamed to " + file +
                    ".1: Is a directory. The log goes on in the present one.\n"
    );
    BOOST_TEST(read_file(folder / "log") == "one\ntwo\nsix\n");
    std::filesystem::remove(folder / "log.1");
    emit(handler, "ten");
    BOOST_TEST(read_file(folder / "log") == "ten\n");
    BOOST_TEST(read_file(folder / "log.1") == "one\ntwo\nsix\n");
}

BOOST_AUTO_TEST_CASE(goes_on_by_its_name_after_a_shortage_of_descriptors) {
    TemporaryFolder folder;
    RotatingFileHandler handler{folder / "log", 8, 3, bare()};
    emit(handler, "one one");
    {
        StderrCapture capture;
        const NoDescriptors none;
        emit(handler, "two two");
    }
    BOOST_TEST(read_file(folder / "log") == "one one\ntwo two\n");
    for (const auto* const message : {"three", "four", "five", "six"}) {
        emit(handler, message);
    }
    BOOST_TEST(read_file(folder / "log") == "six\n");
    BOOST_TEST(names_in(folder).size() == 4U);
}

BOOST_AUTO_TEST_CASE(begins_afresh_when_somebody_removed_the_file) {
    TemporaryFolder folder;
    RotatingFileHandler handler{folder / "log", 8, 3, bare()};
    emit(handler, "one one");
    std::filesystem::remove(folder / "log");
    emit(handler, "two two");
    BOOST_TEST(read_file(folder / "log") == "two two\n");
}

BOOST_AUTO_TEST_CASE(never_rotates_without_a_size_or_without_backups) {
    TemporaryFolder folder;
    RotatingFileHandler no_size{folder / "a", 0, 5, bare()};
    RotatingFileHandler no_backups{folder / "b", 1, 0, bare()};
    for (int i = 0; i < 3; ++i) {
        emit(no_size, "x");
        emit(no_backups, "x");
    }
    BOOST_TEST(read_file(folder / "a") == "x\nx\nx\n");
    BOOST_TEST(read_file(folder / "b") == "x\nx\nx\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(timed_rotating_file_handler)

BOOST_AUTO_TEST_CASE(rotates_at_midnight) {
    TemporaryFolder folder;
    TimedRotatingFileHandler handler{folder / "log", "midnight", 1, 10, bare()};
    emit(handler, "noon", january(1, 12));
    emit(handler, "late", january(1, 23, 59));
    emit(handler, "early", january(2, 0));
    BOOST_TEST(read_file(folder / "log.2024-01-01") == "noon\nlate\n");
    BOOST_TEST(read_file(folder / "log") == "early\n");
}

BOOST_AUTO_TEST_CASE(rotates_again_after_a_shortage_of_descriptors) {
    TemporaryFolder folder;
    TimedRotatingFileHandler handler{folder / "log", "midnight", 1, 10, bare()};
    emit(handler, "first", january(1, 12));
    {
        StderrCapture capture;
        const NoDescriptors none;
        emit(handler, "second", january(2, 12));
    }
    emit(handler, "third", january(3, 12));
    BOOST_TEST(read_file(folder / "log.2024-01-02") == "first\nsecond\n");
    BOOST_TEST(read_file(folder / "log") == "third\n");
}

BOOST_AUTO_TEST_CASE(an_hour_that_comes_twice_loses_nothing) {
    const TimeZone berlin{"Europe/Berlin"};
    TemporaryFolder folder;
    TimedRotatingFileHandler handler{folder / "log", "H", 1, 10, bare()};
    const auto two_in_summer = std::chrono::system_clock::from_time_t(1'729'987'200);
    for (int hour = 0; hour < 4; ++hour) {
        emit(handler, std::to_string(hour), two_in_summer + std::chrono::hours{hour});
    }
    BOOST_TEST(read_file(folder / "log.2024-10-27_02") == "0\n");
    BOOST_TEST(read_file(folder / "log.2024-10-27_03") == "1\n2\n");
    BOOST_TEST(read_file(folder / "log") == "3\n");
}

BOOST_AUTO_TEST_CASE(says_that_its_folder_has_gone) {
    TemporaryFolder folder;
    std::filesystem::create_directory(folder / "logs");
    TimedRotatingFileHandler handler{folder / "logs/log", "midnight", 1, 10, bare()};
    emit(handler, "first", january(1, 23));
    std::filesystem::remove_all(folder / "logs");
    StderrCapture capture;
    emit(handler, "second", january(2, 1));
    BOOST_TEST(capture.text().find("No such file or directory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rotates_after_each_interval) {
    TemporaryFolder folder;
    TimedRotatingFileHandler handler{folder / "log", "h", 2, 0, bare()};
    emit(handler, "a", january(1, 10, 30));
    emit(handler, "b", january(1, 12, 29));
    emit(handler, "c", january(1, 12, 30));
    emit(handler, "d", january(1, 20));
    BOOST_TEST(read_file(folder / "log.2024-01-01_10") == "a\nb\n");
    BOOST_TEST(read_file(folder / "log.2024-01-01_12") == "c\n");
    BOOST_TEST(read_file(folder / "log") == "d\n");
}

BOOST_AUTO_TEST_CASE(rotates_at_the_end_of_a_weekday) {
    TemporaryFolder folder;
    TimedRotatingFileHandler handler{folder / "log", "W6", 1, 0, bare()};
    emit(handler, "tuesday", january(2, 9));
    emit(handler, "sunday", january(7, 23));
    emit(handler, "monday", january(8, 0));
    emit(handler, "next sunday", january(14, 23));
    BOOST_TEST(read_file(folder / "log.2024-01-02") == "tuesday\nsunday\n");
    BOOST_TEST(read_file(folder / "log") == "monday\nnext sunday\n");
}

BOOST_AUTO_TEST_CASE(keeps_the_newest_backups_and_foreign_files) {
    TemporaryFolder folder;
    std::ofstream{folder / "log.old"} << "not a backup";
    std::ofstream{folder / "log.2000-01-01.gz"} << "not ours";
    TimedRotatingFileHandler handler{folder / "log", "D", 1, 2, bare()};
    for (int day = 1; day <= 6; ++day) {
        emit(handler, "x", january(day, 12));
    }
    const std::set<std::string> expected{
        "log", "log.2024-01-04", "log.2024-01-05", "log.2000-01-01.gz", "log.old"};
    BOOST_TEST(names_in(folder) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sets_aside_what_an_earlier_run_wrote_in_an_earlier_period) {
    TemporaryFolder folder;
    std::ofstream{folder / "log"} << "earlier\n";
    TimedRotatingFileHandler handler{folder / "log", "midnight", 1, 0, bare()};
    emit(handler, "new", std::chrono::system_clock::now() + 48h);
    BOOST_TEST(read_file(folder / "log") == "new\n");
    BOOST_TEST(names_in(folder).size() == 2U);
}

BOOST_DATA_TEST_CASE(
    refuses_an_unknown_moment,
    data::make({"", "X", "W7", "W", "noon", "SM"}),
    when
) {
    TemporaryFolder folder;
    BOOST_CHECK_THROW(TimedRotatingFileHandler(folder / "log", when, 1, 0), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(refuses_an_interval_of_nothing) {
    TemporaryFolder folder;
    BOOST_CHECK_THROW(TimedRotatingFileHandler(folder / "log", "D", 0, 0), std::invalid_argument);
}

BOOST_DATA_TEST_CASE(
    refuses_an_interval_that_no_clock_can_measure,
    data::make({"H", "D", "midnight", "W0"}),
    when
) {
    TemporaryFolder folder;
    BOOST_CHECK_THROW(
        TimedRotatingFileHandler(folder / "log", when, 2'147'483'647, 0), std::invalid_argument
    );
}

BOOST_DATA_TEST_CASE(
    an_interval_of_a_hundred_years_is_kept,
    data::make({"S", "M", "H", "D", "midnight", "W0"}) ^
        data::make({2'147'483'647, 52'560'000, 876'000, 36'500, 36'500, 5'214}),
    when,
    interval
) {
    TemporaryFolder folder;
    TimedRotatingFileHandler handler{folder / "log", when, interval, 0, bare()};
    emit(handler, "a", january(1, 10));
    emit(handler, "b", january(2, 10));
    BOOST_TEST(read_file(folder / "log") == "a\nb\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
