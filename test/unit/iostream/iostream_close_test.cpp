#include <tornado/iostream/iostream.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <tornado/stack_context.hpp>

#include "support.hpp"

namespace {

namespace stack_context = tornado::stack_context;
using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::StreamClosedError;

BOOST_FIXTURE_TEST_SUITE(iostream_close, StreamFixture)

BOOST_AUTO_TEST_CASE(the_callback_runs_once_and_from_the_loop) {
    int calls = 0;
    server.set_close_callback([&] { ++calls; });
    server.close();
    BOOST_TEST(calls == 0);
    turns();
    BOOST_TEST(calls == 1);
    server.close();
    turns();
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(the_callback_runs_under_the_context_that_set_it) {
    static constexpr stack_context::Key<std::string> request;
    const auto current = [] {
        const auto* const value = stack_context::get(request);
        return value != nullptr ? *value : std::string{"none"};
    };
    std::string seen;
    {
        const stack_context::StackContext context{request, "setter"};
        server.set_close_callback([&] { seen = current(); });
    }
    const stack_context::StackContext context{request, "closer"};
    server.close();
    until([&] { return !seen.empty(); });
    BOOST_TEST(seen == "setter");
}

BOOST_AUTO_TEST_CASE(the_callback_runs_when_the_peer_closes_and_nobody_reads) {
    bool called = false;
    server.set_close_callback([&] { called = true; });
    client.close();
    until([&] { return called; });
    BOOST_TEST(server.closed());
}

BOOST_AUTO_TEST_CASE(the_callback_runs_when_the_peer_closes_while_a_read_is_pending) {
    Order order;
    server.set_close_callback([&] { order.emplace_back("closed"); });
    const auto line = server.read_until("\n");
    line.add_done_callback([&](const Future<std::string>& read) {
        BOOST_TEST(!real_error(read));
        order.emplace_back("read");
    });
    client.close();
    until([&] { return order.size() == 2; });
    BOOST_TEST((order == Order{"read", "closed"}));
}

BOOST_AUTO_TEST_CASE(the_callback_comes_after_the_reads_that_can_still_be_satisfied) {
    Order order;
    server.set_close_callback([&] { order.emplace_back("closed"); });
    server.read_until_close().add_done_callback([&](const Future<std::string>& read) {
        order.push_back(read.result());
    });
    client.write("data");
    client.close();
    until([&] { return order.size() == 2; });
    BOOST_TEST((order == Order{"data", "closed"}));
}

BOOST_AUTO_TEST_CASE(a_callback_set_on_a_closed_stream_runs_too) {
    server.close();
    int calls = 0;
    server.set_close_callback([&] { ++calls; });
    BOOST_TEST(calls == 0);
    turns();
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_new_callback_replaces_the_old) {
    int former = 0;
    int latter = 0;
    server.set_close_callback([&] { ++former; });
    server.set_close_callback([&] { ++latter; });
    server.close();
    turns();
    BOOST_TEST(former == 0);
    BOOST_TEST(latter == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_can_be_taken_back) {
    int calls = 0;
    server.set_close_callback([&] { ++calls; });
    server.set_close_callback(nullptr);
    server.close();
    turns();
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(the_end_is_noticed_only_after_the_unread_input) {
    bool called = false;
    client.write("12");
    client.close();
    BOOST_TEST(wait(server.read_bytes(1)) == "1");
    server.set_close_callback([&] { called = true; });
    turns(100);
    BOOST_TEST(!called);
    BOOST_TEST(!server.closed());
    // Satisfied from the buffer: now the end can come.
    BOOST_TEST(server.read_bytes(1).result() == "2");
    until([&] { return called; });
    BOOST_TEST(server.closed());
}

BOOST_AUTO_TEST_CASE(input_that_comes_while_the_end_is_awaited_is_kept) {
    bool called = false;
    server.set_close_callback([&] { called = true; });
    client.write("unasked");
    client.close();
    turns(100);
    BOOST_TEST(!called);
    BOOST_TEST(wait(server.read_bytes(7)) == "unasked");
    until([&] { return called; });
}

BOOST_AUTO_TEST_CASE(the_callback_may_destroy_the_stream) {
    auto stream = std::make_unique<IOStream>(std::move(server));
    auto* raw = stream.get();
    bool called = false;
    raw->set_close_callback([&called, stream = std::move(stream)]() mutable {
        stream.reset();
        called = true;
    });
    client.close();
    until([&] { return called; });
}

BOOST_AUTO_TEST_CASE(the_callback_may_use_the_closed_stream) {
    bool called = false;
    server.set_close_callback([&] {
        BOOST_TEST(server.closed());
        BOOST_TEST(server.fileno() == -1);
        server.close();
        BOOST_CHECK_THROW(static_cast<void>(server.write("x")), StreamClosedError);
        BOOST_TEST(server.read_until_close().result() == "");
        called = true;
    });
    server.close();
    until([&] { return called; });
}

BOOST_AUTO_TEST_CASE(the_callback_runs_after_the_stream_was_destroyed) {
    bool called = false;
    server.set_close_callback([&] { called = true; });
    server = IOStream{};
    turns();
    BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(the_first_reason_stays) {
    server.close(make_error_code(std::errc::protocol_error));
    server.close(make_error_code(std::errc::timed_out));
    BOOST_TEST(server.error() == std::errc::protocol_error);
}

BOOST_AUTO_TEST_CASE(a_reason_is_told_by_later_operations) {
    server.close(make_error_code(std::errc::protocol_error));
    BOOST_TEST(real_error(server.read_bytes(1)) == std::errc::protocol_error);
    try {
        static_cast<void>(server.write("x"));
        BOOST_ERROR("a closed stream takes no output");
    } catch (const StreamClosedError& error) {
        BOOST_TEST(error.real_error() == std::errc::protocol_error);
        BOOST_TEST(std::string{error.what()}.find("Stream is closed: ") == 0U);
    }
}

BOOST_AUTO_TEST_CASE(the_peer_sees_the_close_at_once) {
    server.close();
    BOOST_TEST(wait(client.read_until_close()) == "");
}

BOOST_AUTO_TEST_CASE(everyday_ends_are_not_logged) {
    const LogCapture log;
    const auto line = server.read_until("\n");
    reset_on_close(client.fileno());
    client.close();
    until([&] { return line.done(); });
    static_cast<void>(real_error(line));
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(other_errors_are_logged) {
    const LogCapture log;
    IOStream unconnected{new_socket()};
    const auto line = unconnected.read_until("\n");
    until([&] { return line.done(); });
    BOOST_TEST(real_error(line) == std::errc::not_connected);
    BOOST_TEST(log.count("Closing the connection of descriptor") == 1);
}

BOOST_AUTO_TEST_CASE(a_reset_that_nobody_heard_is_no_orderly_end_later) {
    client.set_close_callback([] {});  // so that it listens
    turns();
    const auto core = client.release();
    wait(server.write("a part"));
    reset_on_close(server.fileno());
    server.close();
    turns();
    IOStream next{core};
    const auto all = next.read_until_close();
    until([&] { return all.done(); });
    BOOST_TEST((next.error() == std::errc::connection_reset));
}

BOOST_AUTO_TEST_CASE(closing_at_any_time_leaks_no_descriptor) {
    client.set_close_callback([] {});  // the loop's own descriptors come with the first stream
    turns();
    const auto before = open_descriptors();
    for (int i = 0; i < 50; ++i) {
        auto sockets = connected_sockets();
        IOStream one{std::move(sockets.server)};
        IOStream other{std::move(sockets.client)};
        IOStream connecting{new_socket()};
        switch (i % 5) {
            case 0:
                static_cast<void>(one.read_bytes(1).ignore());
                break;
            case 1:
                static_cast<void>(one.write(std::string(10'000'000, 'x')));
                break;
            case 2:
                one.set_close_callback([] {});
                break;
            case 3:
                static_cast<void>(connecting.connect(loopback_address(9)).ignore());
                break;
            default:
                static_cast<void>(one.release());
                break;
        }
    }
    BOOST_TEST(open_descriptors() == before);
    turns();
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(iostream_and_loop)

BOOST_AUTO_TEST_CASE(a_loop_may_end_while_streams_are_busy) {
    tornado::ioloop::IOLoop loop;
    auto sockets = connected_sockets();
    const auto serve = [](IOStream stream) -> Future<void> {
        while (true) {
            co_await stream.read_until("\n");
        }
    };
    loop.run_sync([&]() -> Future<void> {
        static_cast<void>(serve(IOStream{std::move(sockets.server)}).ignore());
        co_await tornado::gen::moment();
    });
    loop.close();
    char byte = 0;
    BOOST_TEST(::read(sockets.client.fileno(), &byte, 1) == 0);  // it was closed
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
