#include <tornado/iostream/ssl_iostream.hpp>

#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/iostream/memory_pair.hpp>

#include "ssl_support.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::memory_pair;
using tornado::iostream::MemoryPair;
using tornado::iostream::SSLErrc;
using tornado::iostream::SSLIOStream;
using tornado::iostream::StreamClosedError;
using tornado::iostream::WireFaults;
using tornado::netutil::SSLContext;

constexpr std::size_t question_size = 3000;
constexpr std::size_t answer_size = 20'000;
/// More than either side sends in all.
constexpr std::size_t past_the_end = 26'000;

Future<void> ask(IOStream& plain, SSLContext context) {
    auto stream = co_await plain.start_tls(false, context, "localhost");
    // It reads from the beginning: on a narrow wire the server waits until its tickets are taken.
    auto reading = stream.read_bytes(answer_size);
    co_await stream.write(std::string(question_size, 'q'));
    const auto answer = co_await std::move(reading);
    BOOST_REQUIRE(answer == std::string(answer_size, 'a'));
    stream.close();
}

Future<void> tell(IOStream& plain, SSLContext context) {
    auto stream = co_await plain.start_tls(true, context);
    const auto question = co_await stream.read_bytes(question_size);
    BOOST_REQUIRE(question == std::string(question_size, 'q'));
    co_await stream.write(std::string(answer_size, 'a'));
    co_await stream.read_until_close();
    if (stream.error()) {
        throw StreamClosedError{stream.error()};
    }
}

struct FaultsFixture : LoopFixture {
    /// How a talk has ended for both sides.
    struct Outcome {
        std::error_code asked;
        std::error_code told;
        [[nodiscard]] bool is_good() const { return !asked && !told; }
    };
    Outcome outcome_of(const WireFaults& to_client, const WireFaults& to_server) {
        auto pair = memory_pair(to_client, to_server);
        const auto asked = ask(pair.first, clients);
        const auto told = tell(pair.second, servers);
        until([&] { return asked.done() && told.done(); });
        return {
            asked.exception() ? real_error(asked) : std::error_code{},
            told.exception() ? real_error(told) : std::error_code{}};
    }
    /// Whether a whole talk succeeds; either way both sides come to an end.
    bool talk(const WireFaults& to_client, const WireFaults& to_server) {
        return outcome_of(to_client, to_server).is_good();
    }

    SSLContext servers = ssl_test::server_context();
    SSLContext clients = ssl_test::client_context({.session_cache_size = 0});
};

/// More than a handshake takes in either direction.
constexpr std::size_t handshake_size = 2500;

/// Each place of the handshake, and some of what follows.
template <typename F>
void at_many_places(F check) {
    for (std::size_t place = 0; place < past_the_end; place += place < handshake_size ? 1 : 499) {
        BOOST_TEST_CONTEXT("at " << place) {
            check(place);
        }
    }
}

BOOST_FIXTURE_TEST_SUITE(ssl_faults, FaultsFixture)

BOOST_AUTO_TEST_CASE(records_that_come_in_parts_are_put_together) {
    at_many_places([&](std::size_t place) {
        BOOST_TEST(talk({.split_at = place}, {.split_at = place}));
    });
    BOOST_TEST(talk({.piece_size = 1}, {.piece_size = 1}));
}

BOOST_AUTO_TEST_CASE(a_narrow_wire_only_takes_longer) {
    for (const std::size_t capacity : {1U, 2U, 5U, 6U, 100U, 1000U}) {
        const auto outcome = outcome_of({.capacity = capacity}, {.capacity = capacity});
        BOOST_TEST_INFO("capacity " << capacity << ": " << outcome.asked << ", " << outcome.told);
        BOOST_TEST(outcome.is_good());
    }
}

BOOST_AUTO_TEST_CASE(a_reset_at_any_place_is_told_to_both_sides) {
    const auto reset = std::errc::connection_reset;
    at_many_places([&](std::size_t place) {
        const auto to_client = outcome_of({.reset_after = place}, {});
        if (place < answer_size) {
            BOOST_TEST((to_client.asked == reset));
        }
        BOOST_TEST((to_client.is_good() || to_client.told == reset));
        const auto to_server = outcome_of({}, {.reset_after = place});
        if (place < question_size) {
            BOOST_TEST((to_server.asked == reset));
        }
        BOOST_TEST((to_server.is_good() || to_server.told == reset));
    });
    BOOST_TEST(talk({.reset_after = past_the_end}, {}));
    BOOST_TEST(talk({}, {.reset_after = past_the_end}));
}

BOOST_AUTO_TEST_CASE(an_end_at_any_place_is_a_truncation) {
    at_many_places([&](std::size_t place) {
        const auto to_client = outcome_of({.end_after = place}, {});
        if (place < answer_size) {
            BOOST_TEST((to_client.asked == SSLErrc::truncated));
            BOOST_TEST(!to_client.is_good());
        }
        const auto to_server = outcome_of({}, {.end_after = place});
        if (place < question_size) {
            BOOST_TEST((to_server.told == SSLErrc::truncated));
            BOOST_TEST(static_cast<bool>(to_server.asked));
        }
    });
    BOOST_TEST(talk({.end_after = past_the_end}, {}));
    BOOST_TEST(talk({}, {.end_after = past_the_end}));
}

/// Both ends of a connection in memory, after the handshake.
struct Secured {
    explicit Secured(FaultsFixture& fixture) : pair{memory_pair()} {
        auto serving = pair.second.start_tls(true, fixture.servers);
        auto asking = pair.first.start_tls(false, fixture.clients, "localhost");
        client = fixture.wait(std::move(asking));
        server = fixture.wait(std::move(serving));
    }
    MemoryPair pair;
    SSLIOStream client;
    SSLIOStream server;
};

BOOST_AUTO_TEST_CASE(an_end_for_which_there_is_no_room_is_told_when_there_is) {
    constexpr std::size_t size = 1000;
    int whole = 0;
    for (std::size_t capacity = size; capacity < size + 60; ++capacity) {
        Secured ends{*this};
        auto reading = ends.client.read_until_close();
        turns();  // what the server sends after the handshake is taken
        ends.pair.to_first.faults().capacity = capacity;
        if (!ends.server.write(std::string(size, 'a')).done()) {
            continue;
        }
        ++whole;
        ends.server.close();
        BOOST_TEST(wait(std::move(reading)).size() == size);
        BOOST_TEST(!ends.client.error());
    }
    BOOST_TEST(whole > 30);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
