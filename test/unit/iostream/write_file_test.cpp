#include <tornado/iostream/output_queue.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tornado/iostream/pipe_iostream.hpp>

#include "failing_calls.hpp"
#include "ssl_support.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::OutputQueue;
using tornado::iostream::PipeIOStream;
using tornado::iostream::SSLErrc;
using tornado::iostream::SSLIOStream;
using tornado::iostream::StreamClosedError;
using tornado::iostream::StreamErrc;
using tornado::iostream::StreamOptions;
using tornado::netutil::Socket;

std::string numbers(std::size_t size) {
    std::string text;
    for (int i = 0; text.size() < size; ++i) {
        text += std::to_string(i) + ',';
    }
    text.resize(size);
    return text;
}

/// A file with a content, gone at the end.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& content) : file{::mkstemp(path.data())} {
        BOOST_REQUIRE(
            ::write(file.fileno(), content.data(), content.size()) ==
            static_cast<ssize_t>(content.size())
        );
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { ::unlink(path.c_str()); }

    void truncate(off_t size) const { BOOST_REQUIRE(::ftruncate(file.fileno(), size) == 0); }

    std::string path = "/tmp/write_file_test.XXXXXX";
    Socket file;
};

BOOST_FIXTURE_TEST_SUITE(iostream_write_file, StreamFixture)

BOOST_AUTO_TEST_CASE(a_file_arrives_between_what_is_written_around_it) {
    const auto content = numbers(100'000);
    const TemporaryFile file{content};
    client.write("before ");
    client.write_file(file.path);
    const auto last = client.write(" after");
    BOOST_TEST((wait(server.read_bytes(content.size() + 13)) == "before " + content + " after"));
    wait(last);
}

BOOST_AUTO_TEST_CASE(a_socket_gets_it_from_the_kernel) {
    const auto content = numbers(3'000'000);
    const TemporaryFile file{content};
    const int before = sendfile_calls;
    const NotedBytes noted;
    const auto sent = client.write_file(file.path);
    BOOST_TEST((wait(server.read_bytes(content.size())) == content));
    wait(sent);
    BOOST_TEST(sendfile_calls > before);
    BOOST_TEST(noted.sent.empty());
}

BOOST_AUTO_TEST_CASE(a_file_truncated_on_its_way_through_tls_closes_the_stream) {
    const LogCapture log;
    const TemporaryFile file{numbers(20'000'000)};
    auto sockets = connected_sockets();
    SSLIOStream receiver{std::move(sockets.server), ssl_test::server_context()};
    SSLIOStream sender{std::move(sockets.client), ssl_test::client_context(), "localhost"};
    const int before = sendfile_calls;
    const auto sent = sender.write_file(file.path);
    auto begun = receiver.read_bytes(1000);
    BOOST_TEST(wait(std::move(begun)).size() == 1000U);
    file.truncate(1000);
    const auto come = receiver.read_until_close();
    until([&] { return sent.done() && come.done(); });
    BOOST_TEST((real_error(sent) == StreamErrc::file_too_short));
    BOOST_TEST(come.result().size() < 20'000'000U);
    // The server's session tickets, which the sender has not read, may turn its end into a reset.
    const auto error = receiver.error();
    BOOST_TEST((error == SSLErrc::truncated || error == std::errc::connection_reset));
    BOOST_TEST(sendfile_calls == before);
}

BOOST_AUTO_TEST_CASE(a_part_of_it_is_sent_and_its_descriptor_stays_the_callers) {
    TemporaryFile file{"0123456789"};
    client.write_file(file.file.fileno(), 3, 4);
    client.write_file(file.file.fileno(), 8);
    client.write_file(file.file.fileno(), 10);
    client.write_file(file.path, 0, 0);
    BOOST_TEST(::lseek(file.file.fileno(), 0, SEEK_CUR) == 10);
    file.file.close();
    client.close({});
    BOOST_TEST(wait(server.read_until_close()) == "345689");
}

BOOST_AUTO_TEST_CASE(a_large_file_waits_for_a_slow_reader) {
    const auto content = numbers(20'000'000);
    const TemporaryFile file{content};
    const auto sent = client.write_file(file.path);
    BOOST_TEST(!sent.done());
    BOOST_TEST(client.writing());
    std::string come;
    run([&]() -> Future<void> {
        while (come.size() < content.size()) {
            come += co_await server.read_bytes(300'000, true);
        }
    });
    BOOST_TEST((come == content));
    wait(sent);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_shorter_than_promised_closes_the_stream) {
    const LogCapture log;
    const TemporaryFile file{"short"};
    const auto sent = client.write_file(file.path, 1, 100);
    const auto come = server.read_until_close();
    until([&] { return sent.done(); });
    BOOST_TEST(real_error(sent) == StreamErrc::file_too_short);
    BOOST_TEST(client.error() == StreamErrc::file_too_short);
    BOOST_TEST(wait(come) == "hort");
    BOOST_TEST(log.count("the file is shorter") == 1);
}

BOOST_AUTO_TEST_CASE(a_file_truncated_on_its_way_closes_the_stream) {
    const LogCapture log;
    const TemporaryFile file{numbers(20'000'000)};
    const auto sent = client.write_file(file.path);
    file.truncate(1000);
    const auto come = server.read_until_close();
    until([&] { return sent.done() && come.done(); });
    BOOST_TEST(real_error(sent) == StreamErrc::file_too_short);
    BOOST_TEST(come.result().size() < 20'000'000U);
}

BOOST_AUTO_TEST_CASE(misuse_throws_and_queues_nothing) {
    const TemporaryFile file{"0123456789"};
    BOOST_CHECK_THROW(static_cast<void>(client.write_file(file.path, 11)), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(client.write_file("/tmp")), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(client.write_file("/dev/null")), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(client.write_file("/none/such")), std::system_error);
    BOOST_CHECK_THROW(static_cast<void>(client.write_file(-1)), std::system_error);
    BOOST_TEST(!client.writing());
    client.close();
    BOOST_CHECK_THROW(static_cast<void>(client.write_file(file.path)), StreamClosedError);
}

BOOST_AUTO_TEST_CASE(a_file_goes_through_a_pipe_as_well) {
    const auto content = numbers(1'000'000);
    const TemporaryFile file{content};
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    PipeIOStream reader{ends[0]};
    PipeIOStream writer{ends[1]};
    writer.write("before ");
    const auto sent = writer.write_file(file.path, 5);
    BOOST_TEST((wait(reader.read_bytes(content.size() + 2)) == "before " + content.substr(5)));
    wait(sent);
    const auto short_one = writer.write_file(file.path, 999'000, 2000);
    until([&] { return short_one.done(); });
    BOOST_TEST(real_error(short_one) == StreamErrc::file_too_short);
    BOOST_TEST(wait(reader.read_until_close()).size() == 1000U);
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_gone_raises_no_signal) {
    const TemporaryFile file{numbers(100'000)};
    reset_on_close(server.fileno());
    server.close();
    run([&]() -> Future<void> {
        try {
            while (true) {
                co_await client.write_file(file.path);
                co_await tornado::gen::moment();
            }
        } catch (const StreamClosedError& error) {
            BOOST_TEST(
                (error.real_error() == std::errc::connection_reset ||
                 error.real_error() == std::errc::broken_pipe)
            );
        }
    });
}

// The system tells of the part that it has sent, and raises the signal for the next.
BOOST_AUTO_TEST_CASE(a_peer_that_goes_as_a_file_is_being_sent_raises_no_signal) {
    const TemporaryFile file{numbers(3'000'000)};
    const auto former = std::signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 20; ++i) {
        auto sockets = connected_sockets();
        IOStream sender{std::move(sockets.client)};
        sockets.server.close();
        const auto sent = sender.write_file(file.path);
        until([&] { return sent.done(); });
        const auto error = real_error(sent);
        BOOST_TEST((error == std::errc::connection_reset || error == std::errc::broken_pipe));
    }
    std::signal(SIGPIPE, former);
}

BOOST_AUTO_TEST_CASE(closing_in_the_midst_closes_the_file) {
    const auto content = numbers(20'000'000);
    const TemporaryFile file{content};
    client.set_close_callback([] {});  // the loop's own descriptors come with the first stream
    const auto before = open_descriptors();
    const auto sent = client.write_file(file.path);
    BOOST_TEST(open_descriptors() == before + 1);
    client.close();
    BOOST_TEST(open_descriptors() == before - 1);
    BOOST_TEST(!real_error(sent));
}

BOOST_AUTO_TEST_CASE(shared_bytes_are_held_until_they_have_gone) {
    const auto page = std::make_shared<const std::string>(numbers(20'000'000));
    const auto sent = client.write(*page, page);
    BOOST_TEST(page.use_count() == 2);
    BOOST_TEST((wait(server.read_bytes(page->size())) == *page));
    wait(sent);
    BOOST_TEST(page.use_count() == 1);
    const auto small = std::make_shared<const std::string>("small");
    client.write(*small, small);
    BOOST_TEST(small.use_count() == 1);
    BOOST_TEST(wait(server.read_bytes(5)) == "small");
}

BOOST_AUTO_TEST_CASE(a_count_beyond_any_file_ends_with_the_file) {
    const TemporaryFile file{"ten bytes!"};
    const auto sent = client.write_file(file.path, 0, std::numeric_limits<std::size_t>::max());
    BOOST_TEST(wait(server.read_bytes(10)) == "ten bytes!");
    until([&] { return sent.done(); });
    BOOST_TEST((real_error(sent) == StreamErrc::file_too_short));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(output_queue)

/// All that is to be sent, as it would be by one who sends `step` bytes at a time.
std::string drain(OutputQueue& queue, std::size_t step) {
    std::string all;
    while (queue.unsent() != 0) {
        if (queue.next_file() != nullptr) {
            BOOST_TEST(!queue.read_file());
        }
        std::array<iovec, 3> pieces{};
        const auto count = queue.next(pieces);
        BOOST_REQUIRE(count > 0U);
        const auto size = std::min(step, pieces[0].iov_len);
        all.append(static_cast<const char*>(pieces[0].iov_base), size);
        queue.mark_sent(size);
    }
    return all;
}

BOOST_AUTO_TEST_CASE(what_comes_in_goes_out_in_order_in_steps_of_any_size) {
    const TemporaryFile file{numbers(70'000)};
    for (const std::size_t step : {1U, 7U, 4096U, 100'000U}) {
        OutputQueue queue;
        std::string expected;
        const auto shared = std::make_shared<const std::string>(20'000, 's');
        for (int i = 0; i < 3; ++i) {
            queue.tail() += "tail" + std::to_string(i);
            queue.append(std::string(16 * 1024, 'b'));
            queue.append(*shared, shared);
            queue.append_file(Socket{::dup(file.file.fileno())}, 10, 66'000);
            queue.append("copied");
            expected += "tail" + std::to_string(i) + std::string(16 * 1024, 'b') + *shared +
                        numbers(70'000).substr(10, 66'000) + "copied";
            BOOST_TEST(
                queue.unsent() - queue.in_memory() == 66'000U * static_cast<unsigned>(i + 1)
            );
        }
        BOOST_TEST(queue.unsent() == expected.size());
        BOOST_TEST((drain(queue, step) == expected));
        BOOST_TEST(queue.sent_total() == expected.size());
        BOOST_TEST(shared.use_count() == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_file_stays_open_until_its_last_byte_has_gone) {
    const TemporaryFile file{numbers(100)};
    OutputQueue queue;
    std::weak_ptr<const Socket> open;
    {
        const auto owner = std::make_shared<const Socket>(::dup(file.file.fileno()));
        open = owner;
        queue.append_file(owner->fileno(), owner, 10, 90);
    }
    queue.append("behind it");
    queue.mark_sent(89);
    BOOST_TEST(!open.expired());
    BOOST_TEST(drain(queue, 100) == numbers(100).substr(99) + "behind it");
    BOOST_TEST(open.expired());
}

BOOST_AUTO_TEST_CASE(tails_before_a_block_serve_the_next_stream) {
    const auto send = [](OutputQueue& queue) {
        queue.tail() += "tail";
        const auto* const memory = queue.tail().data();
        queue.append(std::string(16 * 1024, 'b'));
        BOOST_TEST(drain(queue, 100'000) == "tail" + std::string(16 * 1024, 'b'));
        return memory;
    };
    OutputQueue one;
    OutputQueue other;
    const auto* const memory = send(one);
    BOOST_TEST(send(other) == memory);
}

BOOST_AUTO_TEST_CASE(cleared_it_holds_nothing) {
    const TemporaryFile file{numbers(100)};
    const auto shared = std::make_shared<const std::string>(20'000, 's');
    OutputQueue queue;
    queue.tail() += "tail";
    queue.append(*shared, shared);
    queue.append_file(file.file.fileno(), shared, 0, 100);
    queue.clear();
    BOOST_TEST(queue.unsent() == 0U);
    BOOST_TEST(shared.use_count() == 1);
    queue.append("new");
    BOOST_TEST(drain(queue, 10) == "new");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
