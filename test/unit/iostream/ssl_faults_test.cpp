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
}

struct FaultsFixture : LoopFixture {
    /// Whether a whole talk succeeds; either way both sides come to an end.
    bool talk(const WireFaults& to_client, const WireFaults& to_server) {
        auto pair = memory_pair(to_client, to_server);
        const auto asked = ask(pair.first, clients);
        const auto told = tell(pair.second, servers);
        until([&] { return asked.done() && told.done(); });
        return asked.exception() == nullptr && told.exception() == nullptr;
    }

    SSLContext servers = ssl_test::server_context();
    SSLContext clients = ssl_test::client_context({.session_cache_size = 0});
};

/// Each place of the handshake, and some of what follows.
template <typename F>
void at_many_places(F check) {
    for (std::size_t place = 0; place < past_the_end; place += place < 2500 ? 7 : 499) {
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
        BOOST_TEST(talk({.capacity = capacity}, {.capacity = capacity}));
    }
}

BOOST_AUTO_TEST_CASE(a_reset_at_any_place_ends_both_sides) {
    at_many_places([&](std::size_t place) {
        talk({.reset_after = place}, {});
        talk({}, {.reset_after = place});
    });
    BOOST_TEST(!talk({.reset_after = 1000}, {}));
    BOOST_TEST(!talk({}, {.reset_after = 1000}));
}

BOOST_AUTO_TEST_CASE(an_end_at_any_place_ends_both_sides) {
    at_many_places([&](std::size_t place) {
        talk({.end_after = place}, {});
        talk({}, {.end_after = place});
    });
    BOOST_TEST(!talk({.end_after = 1000}, {}));
    BOOST_TEST(!talk({}, {.end_after = 1000}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
