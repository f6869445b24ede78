#include <tornado/iostream/stream_core.hpp>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "support.hpp"

namespace {

using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::iostream::StreamCore;
using tornado::iostream::StreamEngine;
using tornado::iostream::StreamRef;
using tornado::netutil::Socket;

/// Notes what it is told.
struct Engine final : StreamEngine {
    void on_input() override {
        ++inputs;
        if (then_input) {
            then_input();
        }
    }
    void on_end(std::error_code error) override {
        ++ends;
        end_error = error;
        if (then_end) {
            then_end();
        }
    }
    void on_sent() override {
        ++sents;
        if (then_sent) {
            then_sent();
        }
    }

    int inputs = 0;
    int ends = 0;
    int sents = 0;
    std::error_code end_error;
    std::function<void()> then_input;
    std::function<void()> then_end;
    std::function<void()> then_sent;
};

struct CoreFixture : LoopFixture {
    CoreFixture() {
        auto sockets = connected_sockets();
        peer = std::move(sockets.client);
        core = StreamCore::open(loop, std::move(sockets.server));
        core->set_engine(&engine);
    }
    ~CoreFixture() {
        if (core) {
            core->set_engine(nullptr);
            core->close();
        }
    }
    CoreFixture(const CoreFixture&) = delete;
    CoreFixture& operator=(const CoreFixture&) = delete;

    /// The peer sends; what is sent over loopback has arrived when this returns.
    void send(std::string_view bytes) const {
        BOOST_REQUIRE(
            ::send(peer.fileno(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size())
        );
    }
    [[nodiscard]] std::string receive(std::size_t most = 100) const {
        std::string bytes(most, '\0');
        const auto count = ::recv(peer.fileno(), bytes.data(), most, 0);
        bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return bytes;
    }
    /// Waits for input that does not come, without memory for it.
    void wait_idly() {
        core->start_reading();
        turns();
        BOOST_TEST(core->is_reading());
        BOOST_TEST(!core->input().block());
    }

    Engine engine;
    Socket peer;
    StreamRef core;
};

BOOST_FIXTURE_TEST_SUITE(stream_core_input, CoreFixture)

BOOST_AUTO_TEST_CASE(input_is_told_from_the_loop_and_pauses_reading) {
    send("one");
    core->start_reading();
    BOOST_TEST(engine.inputs == 0);
    until([&] { return engine.inputs == 1; });
    BOOST_TEST(core->input().view() == "one");
    BOOST_TEST(!core->is_reading());
    send("two");
    turns();
    BOOST_TEST(engine.inputs == 1);
    core->start_reading();
    until([&] { return engine.inputs == 2; });
    BOOST_TEST(core->input().view() == "onetwo");
}

BOOST_AUTO_TEST_CASE(asking_twice_for_input_is_harmless) {
    core->start_reading();
    core->start_reading();
    send("x");
    until([&] { return engine.inputs > 0; });
    turns();
    BOOST_TEST(engine.inputs == 1);
    BOOST_TEST(core->input().view() == "x");
}

BOOST_AUTO_TEST_CASE(as_much_as_there_is_room_for_comes_at_once) {
    send(std::string(50'000, 'x'));
    core->start_reading(50'000);
    until([&] { return engine.inputs == 1; });
    BOOST_TEST(core->input().size() == 50'000U);
}

BOOST_AUTO_TEST_CASE(the_engine_is_told_when_enough_has_come) {
    send(std::string(30'000, 'x'));
    core->start_reading(1000, 30'000);
    until([&] { return engine.inputs == 1; });
    BOOST_TEST(core->input().size() == 30'000U);
}

BOOST_AUTO_TEST_CASE(or_when_no_more_comes_for_now) {
    send(std::string(10'000, 'x'));
    core->start_reading(1000, 30'000);
    until([&] { return engine.inputs == 1; });
    BOOST_TEST(core->input().size() == 10'000U);
}

BOOST_AUTO_TEST_CASE(input_goes_straight_to_memory_of_the_engines_choice) {
    std::string target(10'000, '\0');
    core->start_reading_into(target, target.size());
    send(std::string(6'000, 'a'));
    turns();
    BOOST_TEST(engine.inputs == 0);
    BOOST_TEST(core->input().empty());
    send(std::string(6'000, 'b'));
    until([&] { return engine.inputs == 1; });
    BOOST_TEST((core->end_reading_into() == target.data() + target.size()));
    BOOST_TEST((target == std::string(6'000, 'a') + std::string(4'000, 'b')));
    core->start_reading();
    until([&] { return engine.inputs == 2; });
    BOOST_TEST(core->input().view() == std::string(2'000, 'b'));
}

BOOST_AUTO_TEST_CASE(the_peers_end_is_no_error) {
    core->start_reading();
    peer.close();
    until([&] { return engine.ends == 1; });
    BOOST_TEST(!engine.end_error);
    BOOST_TEST(!core->closed());  // that is the engine's decision
}

BOOST_AUTO_TEST_CASE(a_reset_is_an_error) {
    core->start_reading();
    reset_on_close(peer.fileno());
    peer.close();
    until([&] { return engine.ends == 1; });
    BOOST_TEST(engine.end_error == std::errc::connection_reset);
}

BOOST_AUTO_TEST_CASE(a_half_closed_peer_still_gets_output) {
    ::shutdown(peer.fileno(), SHUT_WR);
    core->start_reading();
    until([&] { return engine.ends == 1; });
    core->output() += "answer";
    core->flush();
    BOOST_TEST(receive() == "answer");
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_closed_and_dropped_within_on_input) {
    engine.then_input = [this] {
        core->close();
        core = {};
    };
    send("x");
    core->start_reading();
    until([&] { return engine.inputs == 1; });
    turns();
    BOOST_TEST(receive() == "");
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_dropped_within_on_end) {
    engine.then_end = [this] {
        core->close();
        core = {};
    };
    peer.close();
    core->start_reading();
    until([&] { return engine.ends == 1; });
}

BOOST_AUTO_TEST_CASE(a_closed_stream_tells_its_engine_nothing) {
    core->start_reading();
    send("x");
    core->close();
    turns();
    BOOST_TEST(engine.inputs == 0);
    BOOST_TEST(engine.ends == 0);
    BOOST_TEST(core->closed());
    BOOST_TEST(core->fileno() == -1);
    BOOST_TEST(core->peer_address().empty());
    core->start_reading();
    core->flush();
    core->shutdown_output();
    core->set_nodelay(true);
    core->close();
}

BOOST_AUTO_TEST_CASE(the_block_that_somebody_shares_stays_as_it_was) {
    send("head");
    core->start_reading();
    until([&] { return engine.inputs == 1; });
    const auto shared = core->input().block();
    const auto view = core->input().view();
    core->input().consume(4);
    for (int i = 2; i < 8; ++i) {
        send(std::string(1000, 'x'));
        core->start_reading();
        until([&] { return engine.inputs == i; });
        core->input().consume(core->input().size());
    }
    BOOST_TEST(view == "head");
    BOOST_TEST((shared.data() != core->input().block().data()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(stream_core_waiting, CoreFixture)

BOOST_AUTO_TEST_CASE(a_stream_that_waits_for_input_holds_no_memory_for_it) {
    for (int i = 1; i < 20; ++i) {
        wait_idly();
        send("wake up");
        until([&] { return engine.inputs == i; });
        BOOST_TEST(core->input().view() == "wake up");
        core->input().consume(7);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_keeps_what_is_unread_while_it_waits_for_more) {
    send("x");
    core->start_reading();
    until([&] { return engine.inputs == 1; });
    core->start_reading();
    turns();
    BOOST_TEST(core->input().view() == "x");
    send("y");
    until([&] { return engine.inputs == 2; });
    BOOST_TEST(core->input().view() == "xy");
}

BOOST_AUTO_TEST_CASE(input_that_comes_before_it_is_asked_for_is_told_when_it_is) {
    send("first");
    core->start_reading();
    until([&] { return engine.inputs == 1; });
    send("second");
    turns();
    BOOST_TEST(engine.inputs == 1);
    core->start_reading();
    until([&] { return engine.inputs == 2; });
    BOOST_TEST(core->input().view() == "firstsecond");
}

BOOST_AUTO_TEST_CASE(input_larger_than_the_room_comes_in_pieces_without_more_being_sent) {
    const std::string bytes(200'000, 'x');
    send(bytes);
    for (int i = 1; core->input().size() < bytes.size(); ++i) {
        core->start_reading();
        until([&] { return engine.inputs == i; });
    }
    BOOST_TEST((core->input().view() == bytes));
}

BOOST_AUTO_TEST_CASE(an_end_that_comes_with_the_last_bytes_is_told_after_them) {
    send("last words");
    peer.close();
    core->start_reading();
    until([&] { return engine.inputs == 1; });
    BOOST_TEST(core->input().view() == "last words");
    core->start_reading();
    until([&] { return engine.ends == 1; });
    BOOST_TEST(!engine.end_error);
}

BOOST_AUTO_TEST_CASE(an_end_that_is_told_is_told_again_to_whoever_reads_on) {
    peer.close();
    for (int i = 1; i < 4; ++i) {
        core->start_reading();
        until([&] { return engine.ends == i; });
        turns();
        BOOST_TEST(engine.ends == i);
    }
}

BOOST_AUTO_TEST_CASE(closing_a_waiting_stream_is_silent) {
    wait_idly();
    core->close();
    turns();
    BOOST_TEST(engine.ends == 0);
    BOOST_TEST(receive() == "");
}

BOOST_AUTO_TEST_CASE(a_waiting_stream_notices_a_reset) {
    wait_idly();
    reset_on_close(peer.fileno());
    peer.close();
    until([&] { return engine.ends == 1; });
    BOOST_TEST(engine.end_error == std::errc::connection_reset);
}

BOOST_AUTO_TEST_CASE(a_waiting_stream_can_send) {
    wait_idly();
    core->output() += "hello";
    core->flush();
    BOOST_TEST(receive() == "hello");
    send("x");
    until([&] { return engine.inputs == 1; });
}

BOOST_AUTO_TEST_CASE(a_waiting_stream_lives_on_without_its_owner_until_its_loop_ends) {
    {
        IOLoop other;
        auto sockets = connected_sockets();
        auto orphan = StreamCore::open(other, std::move(sockets.server));
        orphan->start_reading();
        orphan = {};
        other.run_sync([] {});
        BOOST_TEST(::send(sockets.client.fileno(), "x", 1, MSG_NOSIGNAL) == 1);
        peer = std::move(sockets.client);
    }
    BOOST_TEST(receive() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(stream_core_output, CoreFixture)

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_flush) {
    core->output() += "a";
    core->output() += "b";
    BOOST_TEST(core->unsent() == 2U);
    char byte = 0;
    BOOST_TEST(::recv(peer.fileno(), &byte, 1, MSG_DONTWAIT) == -1);
    core->flush();
    BOOST_TEST(receive() == "ab");
    BOOST_TEST(core->unsent() == 0U);
    BOOST_TEST(core->sent_total() == 2U);
    BOOST_TEST(engine.sents == 0);  // nothing had to wait
}

BOOST_AUTO_TEST_CASE(text_and_blocks_keep_their_order) {
    const std::string large(20'000, 'L');
    core->output() += "one";
    core->append_block(large);
    core->append_block("small");
    core->output() += "two";
    core->append_block(large);
    core->output() += "end";
    const auto expected = "one" + large + "smalltwo" + large + "end";
    BOOST_TEST(core->unsent() == expected.size());
    core->flush();
    BOOST_TEST(core->unsent() == 0U);
    std::string come;
    while (come.size() < expected.size()) {
        come += receive(100'000);
    }
    BOOST_TEST(come == expected);
    BOOST_TEST(core->sent_total() == expected.size());
}

BOOST_AUTO_TEST_CASE(more_blocks_than_one_call_takes_are_all_sent) {
    std::string expected;
    for (char c = 'A'; c <= 'Z'; ++c) {
        core->append_block(std::string(17'000, c));
        core->output() += c;
        expected += std::string(17'001, c);
    }
    core->flush();
    std::string come;
    until([&] {
        come += receive(1'000'000);
        return come.size() == expected.size();
    });
    BOOST_TEST((come == expected));
    BOOST_TEST(core->unsent() == 0U);
}

BOOST_AUTO_TEST_CASE(output_that_waits_goes_in_order_and_is_told) {
    std::string expected(15'000'000, 'x');
    core->append_block(expected);
    core->flush();
    BOOST_REQUIRE(core->unsent() > 0);
    core->output() += "tail";
    expected += "tail";
    core->flush();  // harmless
    std::string come;
    until([&] {
        std::string some(1'000'000, '\0');
        const auto count = ::recv(peer.fileno(), some.data(), some.size(), MSG_DONTWAIT);
        come.append(some, 0, count > 0 ? static_cast<std::size_t>(count) : 0);
        return come.size() == expected.size();
    });
    BOOST_TEST((come == expected));
    BOOST_TEST(engine.sents > 0);
    BOOST_TEST(core->unsent() == 0U);
    BOOST_TEST(core->sent_total() == expected.size());
}

BOOST_AUTO_TEST_CASE(a_long_tail_of_text_is_sent_in_order) {
    std::string expected;
    for (int i = 0; expected.size() < 15'000'000; ++i) {
        expected += std::to_string(i) + ' ';
    }
    core->output() += expected;
    core->flush();
    BOOST_REQUIRE(core->unsent() > 0);
    core->output() += "more";
    expected += "more";
    std::string come;
    until([&] {
        std::string some(100'000, '\0');
        const auto count = ::recv(peer.fileno(), some.data(), some.size(), MSG_DONTWAIT);
        come.append(some, 0, count > 0 ? static_cast<std::size_t>(count) : 0);
        return come.size() == expected.size();
    });
    BOOST_TEST((come == expected));
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_closed_and_dropped_within_on_sent) {
    engine.then_sent = [this] {
        core->close();
        core = {};
    };
    core->append_block(std::string(20'000'000, 'x'));
    core->flush();
    until([&] {
        static_cast<void>(receive(1'000'000));
        return engine.sents == 1;
    });
    turns();
}

BOOST_AUTO_TEST_CASE(an_error_within_flush_is_told_from_the_loop) {
    ::shutdown(core->fileno(), SHUT_WR);
    core->output() += "x";
    core->flush();
    BOOST_TEST(engine.ends == 0);
    until([&] { return engine.ends == 1; });
    BOOST_TEST(engine.end_error == std::errc::broken_pipe);
}

BOOST_AUTO_TEST_CASE(an_error_within_flush_is_not_told_after_the_close) {
    ::shutdown(core->fileno(), SHUT_WR);
    core->output() += "x";
    core->flush();
    core->close();
    turns();
    BOOST_TEST(engine.ends == 0);
    BOOST_TEST(core->unsent() == 0U);
}

BOOST_AUTO_TEST_CASE(closing_drops_what_is_unsent) {
    core->append_block(std::string(20'000'000, 'x'));
    core->output() += "tail";
    core->flush();
    core->close();
    BOOST_TEST(core->unsent() == 0U);
    turns();
    BOOST_TEST(engine.sents == 0);
}

BOOST_AUTO_TEST_CASE(unsent_text_never_comes_out_of_another_stream) {
    // Output buffers wander from stream to stream.
    std::vector<StreamRef> others;
    for (int i = 0; i < 4; ++i) {
        others.push_back(StreamCore::open(loop, connected_sockets().server));
        others.back()->output() += "x";
    }
    for (int i = 0; i < 3; ++i) {
        others[static_cast<std::size_t>(i)]->close();
    }
    core->output() = std::string(100, 's');  // with little room behind it
    core->output() += "!";
    BOOST_TEST(core->unsent() == 101U);
    others[3]->flush();
    BOOST_TEST(others[3]->unsent() == 0U);
    others[3]->close();
}

BOOST_AUTO_TEST_CASE(shutting_output_down_leaves_input_open) {
    core->output() += "last";
    core->flush();
    core->shutdown_output();
    BOOST_TEST(receive() == "last");
    BOOST_TEST(receive() == "");
    core->start_reading();
    send("still here");
    until([&] { return engine.inputs == 1; });
    BOOST_TEST(core->input().view() == "still here");
}

BOOST_AUTO_TEST_CASE(shutting_output_down_waits_for_what_is_unsent) {
    const std::size_t size = std::size_t{20} << 20U;
    core->append_block(std::string(size, 'x'));
    core->flush();
    core->shutdown_output();
    BOOST_TEST(core->unsent() != 0U);
    core->start_reading();
    std::size_t received = 0;
    bool ended = false;
    std::vector<char> part(65536);
    until([&] {
        const auto count = ::recv(peer.fileno(), part.data(), part.size(), MSG_DONTWAIT);
        received += count > 0 ? static_cast<std::size_t>(count) : 0;
        ended = count == 0;
        return ended || engine.ends != 0;
    });
    BOOST_TEST(ended);
    BOOST_TEST(received == size);
    send("still here");
    until([&] { return engine.inputs == 1; });
}

BOOST_AUTO_TEST_CASE(the_last_reference_closes_the_connection) {
    const auto copy = core;
    core->set_engine(nullptr);
    core = {};
    BOOST_TEST(!copy->closed());
    auto sockets = connected_sockets();
    auto other = StreamCore::open(loop, std::move(sockets.server));
    other = {};
    char byte = 0;
    BOOST_TEST(::recv(sockets.client.fileno(), &byte, 1, 0) == 0);
    copy->close();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
