#include <tornado/database/listener.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <tornado/database/connection.hpp>
#include <tornado/database/errors.hpp>
#include <tornado/iostream/acceptor.hpp>
#include <tornado/testing/unused_port.hpp>
#include <tornado/testing/virtual_time.hpp>
#include <vector>

#include "../log_capture.hpp"
#include "database_fixture.hpp"
#include "driver_fixture.hpp"

namespace database = tornado::database;
namespace netutil = tornado::netutil;

#ifdef TORNADO_HAS_LIBPQ
namespace {

struct ListenerFixture : LoopFixture {
    /// Listens to a channel, into `heard`.
    void listen(const std::string& channel) {
        wait(listener->listen(channel, [this, channel](std::string_view payload) {
            heard.push_back(channel + ": " + std::string{payload});
        }));
    }
    void notify(const std::string& channel, const std::string& payload) {
        wait(database::notify(db, channel, payload));
    }
    void until_heard(std::size_t count) {
        until([&] { return heard.size() >= count; });
    }

    std::string url = Servers::instance().get("postgresql").url;
    database::Connection db{url};
    std::optional<database::Listener> listener{std::in_place, url};
    std::vector<std::string> heard;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(listener, *boost::unit_test::precondition(NeedsServer{"postgresql"}))

BOOST_FIXTURE_TEST_CASE(hears_what_is_sent_in_its_channels, ListenerFixture) {
    listen("one");
    listen("Two \"quoted\"");
    notify("one", "a");
    notify("ONE", "lost");
    notify("Two \"quoted\"", "b");
    notify("one", "");
    until_heard(3);
    const std::vector<std::string> expected{"one: a", "Two \"quoted\": b", "one: "};
    BOOST_TEST(heard == expected, boost::test_tools::per_element());
    BOOST_TEST(listener->listening());
}

BOOST_FIXTURE_TEST_CASE(who_stops_listening_waits_no_more, ListenerFixture) {
    const auto first =
        listener->listen("one", [this](std::string_view) { heard.push_back("old"); });
    listener->unlisten("one");
    BOOST_TEST(first.cancelled());
    listen("one");
    notify("one", "a");
    until_heard(1);
    BOOST_TEST(heard == std::vector<std::string>{"one: a"}, boost::test_tools::per_element());
    const auto again = listener->listen("two", [](std::string_view) {});
    turns();
    listener->unlisten("two");
    until([&] { return again.done(); });
}

BOOST_FIXTURE_TEST_CASE(notifications_of_a_transaction_come_when_it_is_committed, ListenerFixture) {
    listen("one");
    wait(db.transaction([](database::Transaction& transaction) -> tornado::Future<void> {
        co_await database::notify(transaction, "one", "first");
        co_await database::notify(transaction, "one", "second");
    }));
    try {
        wait(db.transaction([](database::Transaction& transaction) -> tornado::Future<void> {
            co_await database::notify(transaction, "one", "rolled back");
            throw std::runtime_error{"no"};
        }));
    } catch (const std::runtime_error&) {
    }
    notify("one", "third");
    until_heard(3);
    const std::vector<std::string> expected{"one: first", "one: second", "one: third"};
    BOOST_TEST(heard == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(as_much_comes_as_notify_carries, ListenerFixture) {
    listen("one");
    const std::string longest(database::max_notification, 'x');
    notify("one", longest);
    until_heard(1);
    BOOST_TEST(heard[0].size() == longest.size() + 5);
    BOOST_CHECK_THROW(notify("one", longest + "x"), std::invalid_argument);
    BOOST_CHECK_THROW(notify("one", std::string(1, '\0')), std::invalid_argument);
    const std::string longest_name(database::max_channel_name, 'n');
    listen(longest_name);
    notify(longest_name, "y");
    until_heard(2);
    BOOST_CHECK_THROW(notify(longest_name + "n", ""), std::invalid_argument);
    BOOST_CHECK_THROW(notify("", ""), std::invalid_argument);
    BOOST_CHECK_THROW(listen(longest_name + "n"), std::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(unlisten_ends_it, ListenerFixture) {
    listen("one");
    listen("two");
    listener->unlisten("one");
    listener->unlisten("never");
    notify("one", "a");
    notify("two", "b");
    until_heard(1);
    BOOST_TEST(heard[0] == "two: b");
    listen("one");
    notify("one", "c");
    until_heard(2);
    BOOST_TEST(heard[1] == "one: c");
}

BOOST_FIXTURE_TEST_CASE(what_a_callback_throws_ends_nothing, ListenerFixture) {
    int calls = 0;
    wait(listener->listen("one", [&](std::string_view) {
        ++calls;
        throw std::runtime_error{"of a callback"};
    }));
    const LogCapture log;
    notify("one", "a");
    notify("one", "b");
    until([&] { return calls == 2; });
    BOOST_TEST(log.count("of a callback") == 2);
}

BOOST_FIXTURE_TEST_CASE(it_comes_back_and_tells_of_the_gap, ListenerFixture) {
    const LogCapture log;
    listen("one");
    int gaps = 0;
    listener->on_gap([&] { ++gaps; });
    for (int round = 1; round <= 2; ++round) {
        wait(
            db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE "
                     "'LISTEN%' OR query = 'SELECT 1'")
        );
        until([&] { return gaps == round; });
        BOOST_TEST(listener->listening());
        notify("one", "after");
        until_heard(static_cast<std::size_t>(round));
    }
    BOOST_TEST(log.count("No notifications come from postgresql://") == 2);
}

BOOST_FIXTURE_TEST_CASE(it_gives_up_on_a_server_that_answers_nothing_more, ListenerFixture) {
    const LogCapture log;
    listener.emplace(url, database::ConnectionOptions{}, std::chrono::milliseconds{500});
    listen("one");
    int gaps = 0;
    listener->on_gap([&] { ++gaps; });
    Servers::instance().command("freeze", "postgresql");
    until([&] { return !listener->listening(); });
    BOOST_TEST(gaps == 0);
    Servers::instance().command("thaw", "postgresql");
    until([&] { return gaps == 1; });
    notify("one", "after");
    until_heard(1);
}

BOOST_FIXTURE_TEST_CASE(it_tries_again_more_and_more_slowly, LoopFixture) {
    const LogCapture log;
    tornado::testing::VirtualTime time{loop};
    const auto [socket, port] = tornado::testing::bind_unused_port();
    std::vector<tornado::ioloop::TimePoint> attempts;
    const netutil::Acceptor acceptor{
        socket.fileno(), [&](const netutil::Socket& /*closed at once*/, const netutil::Address&) {
            attempts.push_back(loop.time());
        }};
    const database::Listener away{
        "postgresql://ada@127.0.0.1:" + std::to_string(port) + "/test?sslmode=disable"};
    wait(tornado::gen::sleep(std::chrono::seconds{10}));
    BOOST_TEST(attempts.size() >= 10U);
    BOOST_TEST(attempts.size() <= 16U);
    BOOST_CHECK(attempts[1] - attempts[0] < std::chrono::milliseconds{60});
    BOOST_CHECK(attempts.back() - attempts[attempts.size() - 2] >= std::chrono::seconds{1});
}

BOOST_FIXTURE_TEST_CASE(what_waits_for_it_ends_with_it, ListenerFixture) {
    auto waiting = listener->listen("one", [](std::string_view) {});
    listener.reset();
    turns();
    BOOST_TEST(waiting.cancelled());
}

BOOST_FIXTURE_TEST_CASE(a_standby_refuses_to_listen_until_it_is_promoted, ListenerFixture) {
    const LogCapture log;
    const auto standby = Servers::instance().get("postgresql-standby").url;
    listener.emplace(standby);
    int gaps = 0;
    listener->on_gap([&] { ++gaps; });
    until([&] { return listener->listening(); });
    for (const std::string channel :
         {"one", "two", "one"}) {  // connected, and while it tries again
        auto refused = listener->listen(channel, [this, channel](std::string_view payload) {
            heard.push_back(channel + ": " + std::string{payload});
        });
        const auto error = failure_of<database::DatabaseError>(*this, std::move(refused));
        BOOST_TEST(error.code() == "25006");
    }
    BOOST_TEST(gaps == 0);
    database::Connection promoted{standby};
    wait(promoted.query("SELECT pg_promote()"));
    until([&] { return gaps == 1; });
    BOOST_TEST(listener->listening());
    wait(database::notify(promoted, "one", "a"));
    wait(database::notify(promoted, "two", "b"));
    until_heard(2);
    const std::vector<std::string> expected{"one: a", "two: b"};
    BOOST_TEST(heard == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_name_that_is_refused_silences_no_other, ListenerFixture) {
    const LogCapture log;
    listen("one");
    const auto refuse = [&] {
        const auto error =
            failure_of<database::DataError>(*this, listener->listen("\xff", [](auto) {}));
        BOOST_TEST(error.code() == "22021");
    };
    refuse();
    notify("one", "a");
    until_heard(1);
    BOOST_TEST(listener->listening());
    listener.emplace(url);
    auto refused = listener->listen("\xff", [](auto) {});  // while it connects
    listen("one");
    failure_of<database::DataError>(*this, std::move(refused));
    refuse();
    notify("one", "b");
    until_heard(2);
    BOOST_TEST(listener->listening());
    BOOST_TEST(log.count("No notifications come") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_password_is_told_to_who_waits, ListenerFixture) {
    const LogCapture log;
    auto wrong = url;
    wrong.insert(wrong.find('@'), "x");
    listener.emplace(wrong);
    failure_of<database::DatabaseError>(*this, listener->listen("one", [](std::string_view) {}));
    BOOST_TEST(!listener->listening());
}

BOOST_AUTO_TEST_CASE(only_the_urls_of_postgresql_are_taken) {
    LoopFixture f;
    BOOST_CHECK_THROW(database::Listener{"sqlite:x.db"}, database::InterfaceError);
    BOOST_CHECK_THROW(database::Listener{"mysql://host/test"}, database::InterfaceError);
    BOOST_CHECK_THROW(database::Listener{"postgresql://host"}, database::InterfaceError);
    BOOST_CHECK_THROW(database::Listener{"nonsense"}, database::InterfaceError);
    BOOST_CHECK_THROW(
        database::Listener("postgresql://host/test", {}, std::chrono::milliseconds{0}),
        std::invalid_argument
    );
}

BOOST_AUTO_TEST_SUITE_END()
#endif
