#include <tornado/log/stream_handler.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "capture.hpp"

namespace {

using namespace tornado::log;

Record record_of(std::string message) {
    return {Level::info, "test", {}, std::move(message)};
}

std::unique_ptr<Formatter> bare() {
    return std::make_unique<LogFormatter>(LogFormatterOptions{.color = false, .format = "{message}"}
    );
}

BOOST_AUTO_TEST_SUITE(stream_handler)

BOOST_AUTO_TEST_CASE(writes_a_record_as_a_line) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    StreamHandler{ends[1], bare()}.emit(record_of("hello"));
    char buffer[16];
    BOOST_TEST(::read(ends[0], buffer, sizeof buffer) == 6);
    BOOST_TEST(std::string(buffer, 6) == "hello\n");
    ::close(ends[0]);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(waits_while_a_nonblocking_descriptor_is_full) {
    constexpr std::size_t size = 1 << 20;  // more than a pipe holds
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    std::thread writer{[&] {
        StreamHandler{ends[1], bare()}.emit(record_of(std::string(size, 'x')));
        ::close(ends[1]);
    }};
    std::size_t received = 0;
    char buffer[65536];
    for (auto count = ::read(ends[0], buffer, sizeof buffer); count > 0;
         count = ::read(ends[0], buffer, sizeof buffer)) {
        received += static_cast<std::size_t>(count);
    }
    writer.join();
    ::close(ends[0]);
    BOOST_TEST(received == size + 1);
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_gone_ends_no_program) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    ::close(ends[0]);
    ::signal(SIGPIPE, SIG_DFL);
    StreamHandler handler{ends[1], bare()};
    StderrCapture capture;
    emit_guarded(handler, record_of("one"));
    emit_guarded(handler, record_of("two"));
    const auto said = capture.text();
    BOOST_TEST(handler.lost() == 2U);
    BOOST_TEST(said.find("Broken pipe") != said.npos);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(several_threads_say_once_how_many_records_were_lost) {
    struct Flaky : StreamHandler {
        using StreamHandler::StreamHandler;
        void lose() { count_lost(); }
    };
    const TemporaryFolder folder;
    const int fd = ::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    Flaky handler{fd, bare()};
    constexpr int rounds = 200;
    for (int round = 0; round < rounds; ++round) {
        handler.lose();
        std::vector<std::thread> writers;
        for (int i = 0; i < 8; ++i) {
            writers.emplace_back([&handler] { handler.emit(record_of("x")); });
        }
        for (auto& writer : writers) {
            writer.join();
        }
    }
    ::close(fd);
    const auto text = read_file(folder / "log");
    int told = 0;
    for (auto at = text.find(" lost"); at != text.npos; at = text.find(" lost", at + 1)) {
        ++told;
    }
    BOOST_TEST(told == rounds);
    BOOST_TEST(text.find("records were lost") == text.npos);
}

BOOST_AUTO_TEST_CASE(throws_when_it_cannot_write) {
    BOOST_CHECK_THROW(StreamHandler(-1).emit(record_of("x")), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
