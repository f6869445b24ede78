#include <tornado/tcpserver/tcpclient.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <tornado/testing/virtual_time.hpp>

#include "tcpclient_support.hpp"

namespace {

using Names = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(tcpclient_race, ClientFixture)

BOOST_AUTO_TEST_CASE(the_first_address_is_tried_alone) {
    auto& first = place(Kind::answering);
    auto& second = place(Kind::answering);
    BOOST_TEST(winner({&first, &second}) == first.name());
    BOOST_TEST(connect_calls() == Names{first.name()}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(after_a_failure_comes_the_next_of_the_family) {
    auto& first = place(Kind::refusing);
    auto& second = place(Kind::answering);
    BOOST_TEST(winner({&first, &second}) == second.name());
    const Names both{first.name(), second.name()};
    BOOST_TEST(connect_calls() == both, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(when_all_fail_the_last_error_comes_out) {
    auto& first = place(Kind::refusing);
    auto& second = place(Kind::refusing);
    BOOST_TEST((error({&first, &second}) == std::errc::connection_refused));
    BOOST_TEST(connect_calls().size() == 2U);
}

BOOST_AUTO_TEST_CASE(without_descriptors_that_is_the_error) {
    auto& first = place(Kind::answering);
    socket_error = EMFILE;
    try {
        run([&] { return connect({&first, &first}); });
        BOOST_ERROR("it needs a socket");
    } catch (const std::system_error& failure) {
        BOOST_TEST((failure.code() == std::errc::too_many_files_open));
    }
    socket_error = 0;
    BOOST_TEST(winner({&first}) == first.name());
}

BOOST_AUTO_TEST_CASE(when_nothing_more_can_be_watched_that_is_the_error) {
    const LogCapture log;
    auto& first = place(Kind::answering);
    BOOST_TEST(winner({&first}) == first.name());  // the loop has what it needs
    watch_error = ENOSPC;
    const auto failure = error({&first, &first});
    watch_error = 0;
    BOOST_TEST((failure == std::errc::no_space_on_device));
    BOOST_TEST(connect_calls().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_failure_starts_the_second_family_at_once) {
    if (!has_ipv6_loopback()) {
        return;
    }
    auto& first = place(Kind::refusing);
    auto& next = place(Kind::silent);
    auto& other = place(Kind::answering, "::1");
    BOOST_TEST(winner({&first, &next, &other}) == other.name());
    const Names in_order{first.name(), next.name(), other.name()};
    BOOST_TEST(connect_calls() == in_order, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(silence_starts_the_second_family_after_a_while) {
    if (!has_ipv6_loopback()) {
        return;
    }
    auto& first = place(Kind::silent);
    auto& second = place(Kind::answering);
    auto& other = place(Kind::answering, "::1");
    BOOST_TEST(winner({&first, &second, &other}) == other.name());
    // One address of a family at a time: the second still waited for the first.
    const Names in_order{first.name(), other.name()};
    BOOST_TEST(connect_calls() == in_order, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_family_of_the_first_address_is_the_first) {
    if (!has_ipv6_loopback()) {
        return;
    }
    auto& ipv4 = place(Kind::answering);
    auto& ipv6 = place(Kind::answering, "::1");
    BOOST_TEST(winner({&ipv6, &ipv4}) == ipv6.name());
    BOOST_TEST(winner({&ipv4, &ipv6}) == ipv4.name());
}

BOOST_AUTO_TEST_CASE(the_slower_family_may_win_still_and_the_other_is_closed) {
    if (!has_ipv6_loopback()) {
        return;
    }
    auto& first = place(Kind::silent);
    auto& other = place(Kind::silent, "::1");
    const auto before = open_descriptors();
    {
        auto connecting = run([&] { return std::optional{connect({&first, &other})}; });
        until([] { return connect_calls().size() == 2; });
        static_cast<void>(first.accept());  // now there is room, when the kernel asks again
        const auto stream = run([&] { return *std::exchange(connecting, std::nullopt); });
        BOOST_TEST((stream.peer_address() == first.address()));
        BOOST_TEST(open_descriptors() == before + 1);
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(when_both_families_fail_the_error_comes_after_the_last) {
    if (!has_ipv6_loopback()) {
        return;
    }
    auto& one = place(Kind::refusing);
    auto& two = place(Kind::refusing);
    auto& three = place(Kind::refusing, "::1");
    auto& four = place(Kind::refusing, "::1");
    BOOST_TEST((error({&one, &three, &two, &four}) == std::errc::connection_refused));
    auto tried = connect_calls();
    std::sort(tried.begin(), tried.end());
    Names all{one.name(), two.name(), three.name(), four.name()};
    std::sort(all.begin(), all.end());
    BOOST_TEST(tried == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

/// One whose loop has the descriptors of its own that it needs.
struct CountingFixture : ClientFixture {
    CountingFixture() { winner({&place(Kind::answering)}); }

    /// A time limit ends what does not answer, and nothing that is only slow.
    tornado::testing::VirtualTime time{loop};
};

BOOST_FIXTURE_TEST_SUITE(tcpclient_end, CountingFixture)

constexpr auto soon = std::chrono::milliseconds{50};

BOOST_AUTO_TEST_CASE(a_timeout_covers_the_resolver) {
    const auto resolver = std::make_shared<SilentResolver>();
    TCPClient client{resolver};
    BOOST_CHECK_THROW(
        run([&] { return client.connect("host", 80, ConnectOptions().timeout(soon)); }),
        TimeoutError
    );
    BOOST_TEST(resolver->promise.future().cancelled());
}

BOOST_AUTO_TEST_CASE(a_timeout_covers_the_connection_and_closes_what_was_opened) {
    auto& first = place(Kind::refusing);
    auto& silent = place(Kind::silent);
    const auto before = open_descriptors();
    BOOST_CHECK_THROW(
        run([&] {
            return connect({&first, &silent}, ConnectOptions().timeout(soon));
        }),
        TimeoutError
    );
    BOOST_TEST(connect_calls().size() == 2U);
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(both_families_are_closed_by_a_timeout) {
    if (!has_ipv6_loopback()) {
        return;
    }
    auto& first = place(Kind::refusing);
    auto& silent = place(Kind::silent);
    auto& other = place(Kind::silent, "::1");
    const auto before = open_descriptors();
    BOOST_CHECK_THROW(
        run([&] {
            return connect({&first, &silent, &other}, ConnectOptions().timeout(soon));
        }),
        TimeoutError
    );
    BOOST_TEST(connect_calls().size() == 3U);
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(what_comes_before_the_timeout_stays) {
    auto& server = place(Kind::answering);
    auto& refusing = place(Kind::refusing);
    const auto stream = run([&]() -> Future<IOStream> {
        auto connected = co_await connect(to(server), ConnectOptions().timeout(soon));
        co_await tornado::gen::sleep(2 * soon);
        co_return connected;
    });
    BOOST_TEST(!stream.closed());
    const auto options = ConnectOptions().timeout(std::chrono::hours{1});
    BOOST_CHECK_THROW(
        run([&] {
            return connect({&refusing, &refusing}, options);
        }),
        StreamClosedError
    );
}

BOOST_AUTO_TEST_CASE(cancelling_closes_what_was_opened) {
    auto& silent = place(Kind::silent);
    auto& refusing = place(Kind::refusing);
    const auto before = open_descriptors();
    run([&]() -> Future<void> {
        const auto connecting = connect({&refusing, &silent});
        while (connect_calls().size() < 2) {
            co_await tornado::gen::moment();
        }
        connecting.cancel();
        bool cancelled = false;
        try {
            co_await connecting;
        } catch (const tornado::CancelledError&) {
            cancelled = true;
        }
        BOOST_TEST(cancelled);
    });
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(cancelling_ends_the_look_up) {
    const auto resolver = std::make_shared<SilentResolver>();
    run([&]() -> Future<void> {
        TCPClient client{resolver};
        const auto connecting = client.connect("host", 80);
        connecting.cancel();
        co_await tornado::gen::moment();
        co_await tornado::gen::moment();
        BOOST_TEST(connecting.cancelled());
    });
    BOOST_TEST(resolver->promise.future().cancelled());
}

BOOST_AUTO_TEST_CASE(a_stream_that_nobody_takes_is_closed) {
    auto& server = place(Kind::answering);
    const auto before = open_descriptors();
    run([&] { connect({&server}).ignore(); });
    auto accepted = Socket{};
    until([&] { return static_cast<bool>(accepted = server.accept()); });
    until([&] { return open_descriptors() == before + 1; });
}

BOOST_AUTO_TEST_CASE(thousands_of_failures_leave_no_descriptor) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr int rounds = 1'000;
#else
    constexpr int rounds = 10'000;
#endif
    auto& one = place(Kind::refusing);
    auto& two = place(Kind::refusing);
    const auto before = open_descriptors();
    int failed = 0;
    run([&]() -> Future<void> {
        for (int i = 0; i < rounds; ++i) {
            try {
                co_await connect(to(one, two));
            } catch (const StreamClosedError&) {
                ++failed;
            }
        }
    });
    BOOST_TEST(failed == rounds);
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
