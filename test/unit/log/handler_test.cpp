#include <tornado/log/handler.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <stdexcept>
#include <string>
#include <tornado/log/async_handler.hpp>
#include <tornado/log/file_handler.hpp>
#include <tornado/log/formatter.hpp>
#include <tornado/log/logger.hpp>
#include <tornado/log/stream_handler.hpp>
#include <tornado/util/scope_exit.hpp>

#include "capture.hpp"

namespace {

using namespace tornado::log;
using tornado::util::ScopeExit;

std::unique_ptr<Formatter> bare() {
    return std::make_unique<LogFormatter>(LogFormatterOptions{.color = false, .format = "{message}"}
    );
}

/// Installs a handler while it lives.
struct Installed {
    explicit Installed(std::shared_ptr<Handler> added) : handler{std::move(added)} {
        add_handler(handler);
    }
    ~Installed() { remove_handler(handler); }
    Installed(const Installed&) = delete;
    Installed& operator=(const Installed&) = delete;

    std::shared_ptr<Handler> handler;
};

struct Failing : Handler {
    void emit(const Record& record) override {
        if (record.message == "int") {
            throw 1;
        }
        throw std::runtime_error{"the reason"};
    }
};

/// One that says something about each record, as a client that sends it elsewhere may.
struct Talking : Handler {
    void emit(const Record&) override {
        ++records;
        gen_log().warning("the collector is down");
    }
    int records = 0;
};

BOOST_AUTO_TEST_SUITE(handlers_that_log)

BOOST_AUTO_TEST_CASE(do_not_hear_themselves_but_others_hear_them) {
    StderrCapture capture;
    const auto talking = std::make_shared<Talking>();
    const Installed installed{talking};
    Capture other;
    gen_log().error("one");
    gen_log().error("two");
    BOOST_TEST(talking->records == 2);
    BOOST_TEST(talking->lost() == 2U);
    BOOST_TEST_REQUIRE(other.size() == 4U);
    BOOST_TEST(other.message(0) == "the collector is down");
    BOOST_TEST(other.message(1) == "one");
    BOOST_TEST(
        capture.text() ==
        "A log record could not be written: a handler has logged it while it wrote another\n"
    );
}

BOOST_AUTO_TEST_CASE(do_not_hear_themselves_from_a_thread_that_writes_for_them) {
    StderrCapture quiet;
    const auto talking = std::make_shared<Talking>();
    const auto async = std::make_shared<AsyncHandler>(talking);
    const Installed installed{async};
    gen_log().error("one");
    BOOST_TEST(flush());
    BOOST_TEST(talking->records == 1);
    BOOST_TEST(async->lost() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(handlers_that_fail)

BOOST_AUTO_TEST_CASE(count_what_they_lose_and_tell_stderr_of_the_first) {
    StderrCapture capture;
    const Installed installed{std::make_shared<Failing>()};
    for (const auto* message : {"one", "int", "three"}) {
        gen_log().error(message);
    }
    BOOST_TEST(installed.handler->lost() == 3U);
    BOOST_TEST(capture.text() == "A log record could not be written: the reason\n");
}

BOOST_AUTO_TEST_CASE(do_not_keep_records_from_others) {
    StderrCapture quiet;
    const Installed installed{std::make_shared<Failing>()};
    Capture other;
    gen_log().error("hello");
    BOOST_TEST(other.message(0) == "hello");
}

BOOST_AUTO_TEST_CASE(say_what_was_lost_once_they_can_write_again) {
    StderrCapture capture;
    const TemporaryFolder folder;
    const int fd = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    BOOST_REQUIRE(fd >= 0);
    const ScopeExit closed{[fd] { ::close(fd); }};
    const Installed installed{std::make_shared<StreamHandler>(fd, bare())};
    gen_log().error("one");
    gen_log().error("two");
    BOOST_TEST(installed.handler->lost() == 2U);

    const int file = ::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ::dup3(file, fd, O_CLOEXEC);
    ::close(file);
    gen_log().error("three");
    gen_log().error("four");
    BOOST_TEST(
        read_file(folder / "log") ==
        "2 log records were lost: they could not be written\nthree\nfour\n"
    );
    BOOST_TEST(installed.handler->lost() == 2U);
    const auto text = capture.text();
    BOOST_TEST(text.starts_with("A log record could not be written: cannot write the log: "));
    BOOST_TEST(std::ranges::count(text, '\n') == 1);
}

BOOST_AUTO_TEST_CASE(begin_a_new_line_behind_one_that_was_cut_short) {
    StderrCapture quiet;
    const TemporaryFolder folder;
    const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
    const ScopeExit action_restored{[&] { std::signal(SIGXFSZ, old_action); }};
    const Installed installed{std::make_shared<FileHandler>(folder / "log", bare())};
    rlimit unlimited{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &unlimited) == 0);
    {
        const ScopeExit limit_restored{[&] { ::setrlimit(RLIMIT_FSIZE, &unlimited); }};
        const rlimit limited{6, unlimited.rlim_max};
        BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
        gen_log().error("a long message");
        gen_log().error("another");
    }
    gen_log().error("whole");
    gen_log().error("again");
    BOOST_TEST(
        read_file(folder / "log") ==
        "a long\n2 log records were lost: they could not be written\nwhole\nagain\n"
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
