#include <tornado/log/async_handler.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <tornado/log/file_handler.hpp>
#include <tornado/log/formatter.hpp>
#include <tornado/log/logger.hpp>
#include <vector>

#include "capture.hpp"

namespace {

using namespace std::chrono_literals;
using namespace tornado::log;

Record record_of(std::string message) {
    return {Level::info, "test", {}, std::move(message)};
}

/// Keeps messages, and lets nobody write while it is shut.
struct Gate : Handler {
    void emit(const Record& record) override {
        std::unique_lock lock{mutex};
        ++waiting;
        changed.notify_all();
        changed.wait(lock, [this] { return open; });
        --waiting;
        changed.notify_all();
        if (record.message == "bad") {
            throw std::runtime_error{"this one cannot be written"};
        }
        messages.push_back(record.message);
        writers.push_back(std::this_thread::get_id());
    }
    void set_open(bool is_open) {
        const std::lock_guard lock{mutex};
        open = is_open;
        changed.notify_all();
    }
    void wait_for_a_writer() {
        std::unique_lock lock{mutex};
        changed.wait(lock, [this] { return waiting != 0; });
    }
    std::vector<std::string> all() {
        const std::lock_guard lock{mutex};
        return messages;
    }

    std::mutex mutex;
    std::condition_variable changed;
    bool open = true;
    int waiting = 0;
    std::vector<std::string> messages;
    std::vector<std::thread::id> writers;
};

using Messages = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(async_handler)

BOOST_AUTO_TEST_CASE(writes_in_order_in_a_thread_of_its_own) {
    const auto gate = std::make_shared<Gate>();
    AsyncHandler handler{gate};
    Messages expected;
    for (int i = 0; i < 1000; ++i) {
        expected.push_back(std::to_string(i));
        handler.emit(record_of(expected.back()));
    }
    BOOST_TEST(handler.flush(1min));
    BOOST_TEST(gate->all() == expected, boost::test_tools::per_element());
    BOOST_TEST(std::ranges::count(gate->writers, std::this_thread::get_id()) == 0);
}

BOOST_AUTO_TEST_CASE(nobody_who_logs_waits_for_the_writer) {
    const auto gate = std::make_shared<Gate>();
    gate->set_open(false);
    AsyncHandler handler{gate};
    for (int i = 0; i < 100; ++i) {
        handler.emit(record_of("x"));
    }
    gate->wait_for_a_writer();
    BOOST_TEST(!handler.flush(0ms));
    gate->set_open(true);
    BOOST_TEST(handler.flush(1min));
    BOOST_TEST(gate->all().size() == 100U);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_counted_and_said_where_it_would_have_stood) {
    const auto gate = std::make_shared<Gate>();
    gate->set_open(false);
    AsyncHandler handler{gate, {.max_records = 2}};
    handler.emit(record_of("in the writer's hands"));
    gate->wait_for_a_writer();
    for (const auto* message : {"one", "two", "lost", "lost", "lost"}) {
        handler.emit(record_of(message));
    }
    BOOST_TEST(handler.lost() == 3U);
    gate->set_open(true);
    BOOST_TEST(handler.flush(1min));
    handler.emit(record_of("later"));
    BOOST_TEST(handler.flush(1min));
    const Messages expected{
        "in the writer's hands",
        "one",
        "two",
        "3 log records were lost: too many were waiting to be written",
        "later"};
    BOOST_TEST(gate->all() == expected, boost::test_tools::per_element());
    BOOST_TEST(handler.lost() == 3U);
}

BOOST_AUTO_TEST_CASE(large_messages_fill_it_by_their_bytes) {
    const auto gate = std::make_shared<Gate>();
    gate->set_open(false);
    AsyncHandler handler{gate, {.max_bytes = 100}};
    handler.emit(record_of(std::string(60, 'a')));
    gate->wait_for_a_writer();  // what is being written counts too
    handler.emit(record_of(std::string(41, 'b')));
    handler.emit(record_of(std::string(40, 'c')));
    BOOST_TEST(handler.lost() == 1U);
    gate->set_open(true);
    BOOST_TEST(handler.flush(1min));
    const Messages expected{
        std::string(60, 'a'),
        "1 log record was lost: too many were waiting to be written",
        std::string(40, 'c')};
    BOOST_TEST(gate->all() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_counted_by_the_other_handler) {
    StderrCapture quiet;
    const auto gate = std::make_shared<Gate>();
    AsyncHandler handler{gate};
    for (const auto* message : {"bad", "good", "bad"}) {
        handler.emit(record_of(message));
    }
    BOOST_TEST(handler.flush(1min));
    BOOST_TEST(gate->lost() == 2U);
    BOOST_TEST(handler.lost() == 0U);
    BOOST_TEST(gate->all() == Messages{"good"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(its_end_writes_what_it_holds) {
    const auto gate = std::make_shared<Gate>();
    {
        AsyncHandler handler{gate};
        for (int i = 0; i < 1000; ++i) {
            handler.emit(record_of("x"));
        }
    }
    BOOST_TEST(gate->all().size() == 1000U);
}

BOOST_AUTO_TEST_CASE(its_end_does_not_wait_for_ever) {
    const auto gate = std::make_shared<Gate>();
    gate->set_open(false);
    {
        AsyncHandler handler{gate, {.flush_timeout = 1ms}};
        handler.emit(record_of("x"));
        gate->wait_for_a_writer();
    }
    gate->set_open(true);  // the thread is there still, and so is what it needs
    std::unique_lock lock{gate->mutex};
    gate->changed.wait(lock, [&] { return gate->waiting == 0; });
}

BOOST_AUTO_TEST_CASE(takes_records_of_several_threads) {
    const auto gate = std::make_shared<Gate>();
    AsyncHandler handler{gate};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 250; ++i) {
                handler.emit(record_of("x"));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(handler.flush(1min));
    BOOST_TEST(gate->all().size() == 1000U);
}

thread_local std::string request_of_this_thread = "none";

BOOST_AUTO_TEST_CASE(fields_of_ones_own_are_those_of_the_thread_that_logs) {
    const TemporaryFolder folder;
    const LogField request{"request", [] { return request_of_this_thread; }};
    auto formatter = std::make_unique<LogFormatter>(LogFormatterOptions{
        .color = false, .fields = {request}, .format = "{request} {message}"});
    AsyncHandler handler{std::make_shared<FileHandler>(folder / "log", std::move(formatter))};
    for (const auto* name : {"first", "second"}) {
        request_of_this_thread = name;
        handler.emit(record_of("x"));
    }
    BOOST_TEST(handler.flush(1min));
    BOOST_TEST(read_file(folder / "log") == "first x\nsecond x\n");
}

BOOST_AUTO_TEST_CASE(log_flush_waits_for_all_of_them) {
    const auto first = std::make_shared<Gate>();
    const auto second = std::make_shared<Gate>();
    AsyncHandler one{first};
    AsyncHandler two{second, {.flush_timeout = 1ms}};
    one.emit(record_of("x"));
    two.emit(record_of("x"));
    BOOST_TEST(two.flush(1min));
    BOOST_TEST(flush());
    BOOST_TEST(first->all().size() == 1U);
    second->set_open(false);
    two.emit(record_of("x"));
    BOOST_TEST(!flush());
    second->set_open(true);
}

BOOST_AUTO_TEST_CASE(needs_a_handler_and_room) {
    BOOST_CHECK_THROW(AsyncHandler{nullptr}, std::invalid_argument);
    const auto gate = std::make_shared<Gate>();
    BOOST_CHECK_THROW((AsyncHandler{gate, {.max_bytes = 0}}), std::invalid_argument);
    BOOST_CHECK_THROW((AsyncHandler{gate, {.max_records = 0}}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

#ifndef __SANITIZE_THREAD__  // which allows no threads in the child of a process that has some

std::unique_ptr<Formatter> bare() {
    return std::make_unique<LogFormatter>(LogFormatterOptions{.color = false, .format = "{message}"}
    );
}

Messages lines_in(const std::string& path) {
    std::istringstream text{read_file(path)};
    Messages lines;
    for (std::string line; std::getline(text, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// Runs `body` in a child and gives its exit status; -1 when a signal has killed it.
template <typename F>
int in_child(F body) {
    std::fflush(nullptr);  // else the child prints what is waiting, too
    const auto child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        body();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

BOOST_AUTO_TEST_SUITE(async_handler_and_processes)

/// Logs from the destructor of a static, after the handlers have been told that the process ends.
struct LogsLast {
    std::shared_ptr<Handler> handler;
    LogsLast() = default;
    ~LogsLast() {
        if (handler != nullptr) {
            handler->emit(record_of("last words"));
        }
    }
};

BOOST_AUTO_TEST_CASE(the_end_of_the_process_writes_what_is_held) {
    const TemporaryFolder folder;
    const auto status = in_child([&] {
        static LogsLast logs_last;
        const auto handler =
            std::make_shared<AsyncHandler>(std::make_shared<FileHandler>(folder / "log", bare()));
        for (int i = 0; i < 1000; ++i) {
            handler->emit(record_of("x"));
        }
        logs_last.handler = handler;
        std::exit(3);
    });
    BOOST_TEST(status == 3);
    const auto lines = lines_in(folder / "log");
    BOOST_TEST(lines.size() == 1001U);
    BOOST_TEST(lines.back() == "last words");
}

BOOST_AUTO_TEST_CASE(a_flush_may_take_as_long_as_it_takes) {
    const auto gate = std::make_shared<Gate>();
    gate->set_open(false);
    AsyncHandler handler{gate};
    handler.emit(record_of("x"));
    gate->wait_for_a_writer();
    std::thread opener{[&] { gate->set_open(true); }};
    BOOST_TEST(handler.flush(std::chrono::milliseconds::max()));
    opener.join();
}

BOOST_AUTO_TEST_CASE(a_message_larger_than_the_room_is_taken_when_nothing_waits) {
    const auto gate = std::make_shared<Gate>();
    AsyncHandler handler{gate, {.max_bytes = 100}};
    handler.emit(record_of(std::string(1000, 'x')));
    BOOST_TEST(handler.flush(1min));
    BOOST_TEST(handler.lost() == 0U);
    BOOST_TEST(gate->all().size() == 1U);
}

#ifndef __SANITIZE_ADDRESS__  // whose allocator's locks a thread may hold while another forks

BOOST_AUTO_TEST_CASE(parent_and_child_write_each_record_once) {
    const TemporaryFolder folder;
    const auto handler =
        std::make_shared<AsyncHandler>(std::make_shared<FileHandler>(folder / "log", bare()));
    handler->emit(record_of("before"));
    const auto status = in_child([&] {
        handler->emit(record_of("child"));
        ::_exit(handler->flush(1min) ? 0 : 1);
    });
    BOOST_TEST(status == 0);
    handler->emit(record_of("after"));
    BOOST_TEST(handler->flush(1min));
    auto lines = lines_in(folder / "log");
    std::ranges::sort(lines);
    BOOST_TEST(lines == (Messages{"after", "before", "child"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(forks_in_the_midst_of_writing_leave_no_lock_behind) {
    const TemporaryFolder folder;
    constexpr int children = 20;
    const auto handler = std::make_shared<AsyncHandler>(
        std::make_shared<FileHandler>(folder / "log", bare()),
        AsyncHandlerOptions{.max_records = 1'000'000}
    );
    std::atomic<bool> over = false;
    int logged = 0;
    std::thread busy{[&] {
        while (!over) {
            handler->emit(record_of("parent"));
            ++logged;
            std::this_thread::yield();
        }
    }};
    for (int i = 0; i < children; ++i) {
        const auto status = in_child([&] {
            handler->emit(record_of("child"));
            ::_exit(handler->flush(1min) ? 0 : 1);
        });
        BOOST_TEST(status == 0);
    }
    over = true;
    busy.join();
    BOOST_TEST(handler->flush(1min));
    const auto lines = lines_in(folder / "log");
    BOOST_TEST(std::ranges::count(lines, "child") == children);
    BOOST_TEST(std::ranges::count(lines, "parent") == logged);
}

BOOST_AUTO_TEST_CASE(a_child_has_children_that_log) {
    const TemporaryFolder folder;
    const auto handler =
        std::make_shared<AsyncHandler>(std::make_shared<FileHandler>(folder / "log", bare()));
    const auto status = in_child([&] {
        handler->emit(record_of("child"));
        const auto inner = in_child([&] {
            handler->emit(record_of("grandchild"));
            ::_exit(handler->flush(1min) ? 0 : 1);
        });
        ::_exit(handler->flush(1min) ? inner : 1);
    });
    BOOST_TEST(status == 0);
    auto lines = lines_in(folder / "log");
    std::ranges::sort(lines);
    BOOST_TEST(lines == (Messages{"child", "grandchild"}), boost::test_tools::per_element());
}

#endif

BOOST_AUTO_TEST_CASE(a_child_born_in_a_write_that_takes_too_long_says_that_it_loses_records) {
    const TemporaryFolder folder;
    const auto gate = std::make_shared<Gate>();
    gate->set_open(false);
    const auto handler = std::make_shared<AsyncHandler>(gate);
    handler->emit(record_of("x"));
    gate->wait_for_a_writer();
    const auto status = in_child([&] {
        StderrCapture capture;
        add_handler(handler);
        gen_log().error("one");
        gen_log().error("two");
        const auto text = capture.text();
        const bool said_once = text.find("forked in the middle of a write") != text.npos &&
                               text.find("forked") == text.rfind("forked");
        ::_exit(said_once && handler->lost() == 2 ? 0 : 1);
    });
    BOOST_TEST(status == 0);
    gate->set_open(true);
    BOOST_TEST(handler->flush(1min));
    BOOST_TEST(gate->all().size() == 1U);
}

BOOST_AUTO_TEST_CASE(so_does_a_child_of_that_child) {
    const auto gate = std::make_shared<Gate>();
    gate->set_open(false);
    const auto handler = std::make_shared<AsyncHandler>(gate);
    handler->emit(record_of("x"));
    gate->wait_for_a_writer();
    const auto status = in_child([&] {
        ::_exit(in_child([&] {
            const StderrCapture capture;
            emit_guarded(*handler, record_of("one"));
            ::_exit(handler->lost() == 1 ? 0 : 1);
        }));
    });
    BOOST_TEST(status == 0);
    gate->set_open(true);
    BOOST_TEST(handler->flush(1min));
}

BOOST_AUTO_TEST_SUITE_END()
#endif

}  // namespace
