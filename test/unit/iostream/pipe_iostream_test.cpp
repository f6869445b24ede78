#include <tornado/iostream/pipe_iostream.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <type_traits>
#include <vector>

#include "support.hpp"

namespace {

using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::iostream::IOStream;
using tornado::iostream::PipeIOStream;
using tornado::iostream::StreamClosedError;
using tornado::iostream::StreamErrc;
using tornado::iostream::StreamOptions;
using tornado::netutil::Socket;

static_assert(std::is_nothrow_move_constructible_v<PipeIOStream>);
static_assert(!std::is_convertible_v<PipeIOStream&, IOStream&>);  // it does not connect

/// The ends of a pipe: for reading, for writing.
std::array<Socket, 2> new_pipe(int flags = 0) {
    std::array<int, 2> ends{-1, -1};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC | flags) == 0);
    return {Socket{ends[0]}, Socket{ends[1]}};
}

struct PipeFixture : StreamFixture {
    explicit PipeFixture(StreamOptions options = {}) {
        auto ends = new_pipe();
        reader = PipeIOStream{std::move(ends[0]), options};
        writer = PipeIOStream{std::move(ends[1]), options};
    }

    PipeIOStream reader;
    PipeIOStream writer;
};

/// Counts the SIGPIPEs that come while it lives.
class Sigpipes {
public:
    Sigpipes() {
        calls_ = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { calls_ = calls_ + 1; };
        ::sigaction(SIGPIPE, &action, &former_);
    }
    ~Sigpipes() { ::sigaction(SIGPIPE, &former_, nullptr); }
    Sigpipes(const Sigpipes&) = delete;
    Sigpipes& operator=(const Sigpipes&) = delete;

    [[nodiscard]] static int count() { return calls_; }
    [[nodiscard]] static bool is_pending() {
        sigset_t pending;
        ::sigpending(&pending);
        return ::sigismember(&pending, SIGPIPE) == 1;
    }
    [[nodiscard]] static bool is_blocked() {
        sigset_t blocked;
        ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
        return ::sigismember(&blocked, SIGPIPE) == 1;
    }
    static void block(bool on) {
        sigset_t sigpipe;
        ::sigemptyset(&sigpipe);
        ::sigaddset(&sigpipe, SIGPIPE);
        ::pthread_sigmask(on ? SIG_BLOCK : SIG_UNBLOCK, &sigpipe, nullptr);
    }

private:
    static inline volatile sig_atomic_t calls_ = 0;
    struct sigaction former_ {};
};

bool is_open(int descriptor) {
    return ::fcntl(descriptor, F_GETFD) >= 0;
}

/// Different bytes, so that a missing or doubled part shows.
std::string much(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>('a' + (i * 31 + i / 4093) % 26);
    }
    return text;
}

BOOST_FIXTURE_TEST_SUITE(pipe_iostream, PipeFixture)

// Both directions

BOOST_AUTO_TEST_CASE(what_is_written_at_one_end_is_read_at_the_other) {
    writer.write("hel");
    writer.write("lo world");
    BOOST_TEST(wait(reader.read_until(" ")) == "hello ");
    BOOST_TEST(wait(reader.read_bytes(3)) == "wor");
    writer.close();
    BOOST_TEST(wait(reader.read_until_close()) == "ld");
}

BOOST_AUTO_TEST_CASE(it_reads_as_streams_do) {
    writer.write("one two33three");
    BOOST_TEST(wait(reader.read_until_regex("[ ]")) == "one ");
    BOOST_TEST(wait(reader.read_until_regex("[0-9]+")) == "two33");
    std::array<char, 3> memory{};
    BOOST_TEST(wait(reader.read_into(memory)) == 3U);
    BOOST_TEST(std::string(memory.data(), 3) == "thr");
    BOOST_TEST(wait(reader.read_bytes(100, true)) == "ee");
    BOOST_TEST(!reader.reading());
    const auto read = reader.read_bytes(1);
    BOOST_TEST(reader.reading());
    BOOST_CHECK_THROW(reader.read_bytes(1).ignore(), std::logic_error);
    read.cancel();
    writer.write("x");
    BOOST_TEST(wait(reader.read_bytes(1)) == "x");
}

BOOST_AUTO_TEST_CASE(limits_hold) {
    const LogCapture log;
    PipeFixture small{StreamOptions{.max_buffer_size = 4096, .max_write_buffer_size = 100'000}};
    BOOST_CHECK_THROW(
        small.writer.write(std::string(100'001, 'x')).ignore(),
        tornado::iostream::StreamBufferFullError
    );
    small.writer.write(std::string(10'000, 'x'));
    const auto read = small.reader.read_until("\n");
    small.until([&] { return read.done(); });
    BOOST_TEST((real_error(read) == StreamErrc::buffer_full));
    BOOST_TEST(log.count("maximum read buffer size") == 1);
}

BOOST_AUTO_TEST_CASE(much_goes_through_a_pipe_that_is_small) {
    const auto sent = much(8 * 1024 * 1024);
    const auto written = writer.write(sent);
    BOOST_TEST(!written.done());
    BOOST_TEST(writer.writing());
    BOOST_TEST((wait(reader.read_bytes(sent.size())) == sent));
    wait(written);
    BOOST_TEST(!writer.writing());
}

BOOST_AUTO_TEST_CASE(many_small_writes_arrive_in_order) {
    std::string sent;
    for (int i = 0; i < 50'000; ++i) {
        const auto word = std::to_string(i) + " ";
        sent += word;
        writer.write(word).ignore();
    }
    BOOST_TEST((wait(reader.read_bytes(sent.size())) == sent));
}

BOOST_AUTO_TEST_CASE(a_write_waits_for_a_reader_that_does_not_read) {
    const auto written = writer.write(std::string(1024 * 1024, 'x'));
    turns();
    BOOST_TEST(!written.done());
    wait(reader.read_bytes(1000));
    turns();
    BOOST_TEST(!written.done());  // unread input does not grow while nobody reads
    wait(reader.read_bytes(1024 * 1024 - 1000));
    wait(written);
}

BOOST_AUTO_TEST_CASE(one_that_awaits_each_write_is_held_back) {
    std::size_t passed = 0;
    const auto produce = [](PipeIOStream& stream, std::size_t& count) -> Future<void> {
        for (int i = 0; i < 100; ++i) {
            co_await stream.write(std::string(64 * 1024, 'x'));
            ++count;
        }
        stream.close();
    };
    const auto producing = produce(writer, passed);
    turns();
    BOOST_TEST(passed < 5U);
    BOOST_TEST(wait(reader.read_until_close()).size() == 100U * 64 * 1024);
    wait(producing);
}

// The ends of it

BOOST_AUTO_TEST_CASE(the_writers_end_is_the_end_of_the_input) {
    writer.write("rest");
    writer.close();
    const auto read = reader.read_bytes(100);
    until([&] { return read.done(); });
    BOOST_TEST(!real_error(read));
    BOOST_TEST(reader.closed());
    BOOST_TEST(!reader.error());
    BOOST_TEST(wait(reader.read_bytes(4)) == "rest");  // what has come stays readable
    BOOST_CHECK_THROW(wait(reader.read_bytes(1)), StreamClosedError);
}

BOOST_AUTO_TEST_CASE(a_pending_read_learns_of_the_end) {
    const auto read = reader.read_until("\n");
    turns();
    writer.close();
    until([&] { return read.done(); });
    BOOST_TEST(!real_error(read));
}

BOOST_AUTO_TEST_CASE(writing_without_a_reader_is_a_closed_stream_and_no_signal) {
    const LogCapture log;
    const Sigpipes signals;
    reader.close();
    const auto written = writer.write("nobody reads this");
    until([&] { return written.done(); });
    BOOST_TEST((real_error(written) == std::errc::broken_pipe));
    BOOST_TEST(writer.closed());
    BOOST_TEST((writer.error() == std::errc::broken_pipe));
    BOOST_CHECK_THROW(writer.write("again").ignore(), StreamClosedError);
    BOOST_TEST(Sigpipes::count() == 0);
    BOOST_TEST(!Sigpipes::is_blocked());
    BOOST_TEST(log.size() == 0U);  // an everyday end
}

BOOST_AUTO_TEST_CASE(a_write_that_waits_learns_that_the_reader_has_gone) {
    const Sigpipes signals;
    const auto written = writer.write(std::string(1024 * 1024, 'x'));
    turns();
    BOOST_TEST(!written.done());
    reader.close();
    until([&] { return written.done(); });
    BOOST_TEST((real_error(written) == std::errc::broken_pipe));
    BOOST_TEST(Sigpipes::count() == 0);
}

BOOST_AUTO_TEST_CASE(a_sigpipe_of_the_programs_own_stays_pending) {
    for (const bool own : {false, true}) {
        const Sigpipes signals;
        PipeFixture other;
        Sigpipes::block(true);
        if (own) {
            ::raise(SIGPIPE);
        }
        other.reader.close();
        const auto written = other.writer.write("x");
        BOOST_TEST(Sigpipes::is_blocked());
        BOOST_TEST(Sigpipes::is_pending() == own);
        other.until([&] { return written.done(); });
        Sigpipes::block(false);
        BOOST_TEST(Sigpipes::count() == (own ? 1 : 0));
    }
}

BOOST_AUTO_TEST_CASE(close_callbacks_tell_of_the_other_end) {
    bool reader_told = false;
    reader.set_close_callback([&] { reader_told = true; });
    writer.close();
    until([&] { return reader_told; });

    PipeFixture other;
    bool writer_told = false;
    other.writer.set_close_callback([&] { writer_told = true; });
    other.turns();
    BOOST_TEST(!writer_told);
    other.writer.write("x");
    other.turns();
    BOOST_TEST(!writer_told);
    other.reader.close();
    other.until([&] { return writer_told; });
    BOOST_TEST(other.writer.closed());
}

BOOST_AUTO_TEST_CASE(its_destruction_closes_the_descriptor_and_ends_what_is_pending) {
    const int descriptor = reader.fileno();
    const auto read = reader.read_bytes(1);
    reader = PipeIOStream{};
    BOOST_TEST(!is_open(descriptor));
    BOOST_CHECK_THROW(read.result(), StreamClosedError);
    BOOST_TEST(reader.closed());
    BOOST_CHECK_THROW(reader.read_bytes(1).ignore(), StreamClosedError);
}

BOOST_AUTO_TEST_CASE(it_moves_while_an_operation_is_pending) {
    const auto read = reader.read_bytes(5);
    PipeIOStream moved{std::move(reader)};
    writer.write("moved");
    BOOST_TEST(wait(read) == "moved");
    BOOST_CHECK_THROW(moved.write("x").ignore(), std::logic_error);  // it knows what it is for
}

BOOST_AUTO_TEST_CASE(a_loop_may_close_while_pipes_are_busy) {
    auto ends = new_pipe();
    const int descriptor = ends[0].fileno();
    std::optional<IOLoop> dying{std::in_place};
    PipeIOStream in{std::move(ends[0])};
    PipeIOStream out{std::move(ends[1])};
    const auto echo = [](PipeIOStream& from) -> Future<void> {
        while (true) {
            co_await from.read_bytes(1);
        }
    }(in);
    const auto written = out.write(std::string(1024 * 1024, 'x'));
    in.set_close_callback([] {});
    dying.reset();
    BOOST_TEST(echo.done());
    static_cast<void>(written.exception());
    in.close();
    BOOST_TEST(!is_open(descriptor));
}

// Misuse

BOOST_AUTO_TEST_CASE(the_wrong_direction_is_refused_at_once) {
    BOOST_CHECK_THROW(reader.write("x").ignore(), std::logic_error);
    std::array<char, 1> memory{};
    BOOST_CHECK_THROW(writer.read_bytes(1).ignore(), std::logic_error);
    BOOST_CHECK_THROW(writer.read_into(memory).ignore(), std::logic_error);
    BOOST_CHECK_THROW(writer.read_until("x").ignore(), std::logic_error);
    BOOST_CHECK_THROW(writer.read_until_regex("x").ignore(), std::logic_error);
    BOOST_CHECK_THROW(writer.read_until_close().ignore(), std::logic_error);
    writer.write("still fine");
    BOOST_TEST(wait(reader.read_bytes(10)) == "still fine");
}

BOOST_AUTO_TEST_CASE(what_one_cannot_wait_for_is_refused) {
    auto name = (std::filesystem::temp_directory_path() / "tornado-test-XXXXXX").string();
    Socket file{::mkstemp(name.data())};
    ::unlink(name.c_str());
    const int descriptor = file.fileno();
    BOOST_CHECK_THROW(PipeIOStream{std::move(file)}, std::invalid_argument);
    BOOST_TEST(!is_open(descriptor));
    BOOST_CHECK_THROW(PipeIOStream{::open("/dev/null", O_RDWR | O_CLOEXEC)}, std::invalid_argument);
    BOOST_CHECK_THROW(PipeIOStream{descriptor}, std::system_error);
    BOOST_CHECK_THROW(PipeIOStream{-1}, std::system_error);
}

// What is no pipe, or a special one

BOOST_AUTO_TEST_CASE(a_socket_goes_in_both_directions) {
    std::array<int, 2> ends{-1, -1};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    PipeIOStream one{ends[0]};
    PipeIOStream two{ends[1]};
    one.write("ping");
    two.write("pong");
    BOOST_TEST(wait(one.read_bytes(4)) == "pong");
    BOOST_TEST(wait(two.read_bytes(4)) == "ping");
    const Sigpipes signals;
    two.close();
    const auto written = one.write("x");
    until([&] { return written.done(); });
    BOOST_TEST((real_error(written) == std::errc::broken_pipe));
    BOOST_TEST(Sigpipes::count() == 0);
}

BOOST_AUTO_TEST_CASE(a_pipe_of_packets_gives_them_all) {
    auto ends = new_pipe(O_DIRECT);
    const int raw = ends[1].fileno();
    PipeIOStream in{std::move(ends[0])};
    const auto read = in.read_bytes(9);
    turns();
    for (const char* packet : {"one", "two", "six"}) {
        BOOST_REQUIRE(::write(raw, packet, 3) == 3);
    }
    BOOST_TEST(wait(read) == "onetwosix");
}

BOOST_AUTO_TEST_CASE(a_terminal_gives_all_its_lines) {
    Socket master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    BOOST_REQUIRE(static_cast<bool>(master));
    BOOST_REQUIRE(::grantpt(master.fileno()) == 0);
    BOOST_REQUIRE(::unlockpt(master.fileno()) == 0);
    PipeIOStream terminal{::open(::ptsname(master.fileno()), O_RDWR | O_NOCTTY | O_CLOEXEC)};
    const auto read = terminal.read_until("three\n");
    turns();
    const std::string lines = "one\ntwo\nthree\n";
    BOOST_REQUIRE(::write(master.fileno(), lines.data(), lines.size()) == 14);
    BOOST_TEST(wait(read) == lines);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
