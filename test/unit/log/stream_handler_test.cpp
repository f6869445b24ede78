#include <tornado/log/stream_handler.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <system_error>
#include <thread>

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

BOOST_AUTO_TEST_CASE(throws_when_it_cannot_write) {
    BOOST_CHECK_THROW(StreamHandler(-1).emit(record_of("x")), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
