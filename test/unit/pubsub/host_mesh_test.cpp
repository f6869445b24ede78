#include <tornado/pubsub.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <tornado/iostream.hpp>
#include <tornado/testing/virtual_time.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "../log_capture.hpp"
#include "../loop_fixture.hpp"
#include "../temporary_folder.hpp"
#include "fake_peer.hpp"

namespace {

namespace pubsub = tornado::pubsub;
namespace iostream = tornado::iostream;
namespace netutil = tornado::netutil;
namespace testing = tornado::testing;
using tornado::Future;
using Texts = std::vector<std::string>;

/// Several brokers on one loop, who meet in one folder: each is to the others as if it were in a
/// process of its own.
struct HostFixture : LoopFixture {
    [[nodiscard]] pubsub::BrokerOptions options() const {
        return {.host = {.folder = folder.path()}};
    }
    pubsub::Callback keep(Texts& texts) {
        return [&texts](const pubsub::Message& message) { texts.push_back(message.payload()); };
    }
    /// Waits until each hears so many others.
    template <typename... Brokers>
    void together(std::size_t peers, Brokers&... brokers) {
        until([&] { return ((brokers.counters().host_peers == peers) && ...); });
    }
    static Texts recent(const pubsub::Broker& broker, std::string_view topic) {
        Texts texts;
        for (const auto& message : broker.recent(topic, 1'000)) {
            texts.push_back(message.payload());
        }
        return texts;
    }

    pubsub::PrivateFolder folder;
    Texts seen;
};

/// Waits until it is told to begin, then publishes numbers, until they have gone.
Future<void> publish_when_told(pubsub::Broker& broker, int count) {
    bool told = false;
    const auto start = broker.subscribe("start", [&](const auto& /*message*/) { told = true; });
    while (!told) {
        co_await tornado::gen::moment();
    }
    for (int i = 1; i <= count; ++i) {
        broker.publish("numbers", std::to_string(i));
    }
    co_await broker.flush();
}

/// The same in a process of its own, which is killed then.
[[noreturn]] void publish_and_die(const std::string& folder, int count) {
    tornado::ioloop::IOLoop loop;
    pubsub::Broker broker{{.host = {.folder = folder}}};
    loop.run_sync([&] { return publish_when_told(broker, count); });
    ::raise(SIGKILL);
    ::_exit(1);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(host_mesh, HostFixture)

BOOST_AUTO_TEST_CASE(passes_messages_on_between_brokers_in_order_and_once) {
    pubsub::Broker one{options()};
    pubsub::Broker two{options()};
    pubsub::Broker three{options()};
    together(2, one, two, three);
    Texts others;
    const auto first = two.subscribe("news", keep(seen));
    const auto second = three.subscribe("news", keep(others));
    Texts all;
    for (int i = 0; i < 1'000; ++i) {
        all.push_back(std::to_string(i));
        one.publish("news", all.back());
    }
    until([&] { return seen.size() == 1'000 && others.size() == 1'000; });
    turns();
    BOOST_TEST(seen == all);
    BOOST_TEST(others == all);
}

BOOST_AUTO_TEST_CASE(who_comes_late_gets_what_was_kept) {
    pubsub::Broker one{options()};
    one.publish("news", "a");
    one.publish("sports", "b");
    pubsub::Broker two{options()};
    wait(two.ready());
    BOOST_TEST(recent(two, "news") == Texts{"a"});
    BOOST_TEST(recent(two, "sports") == Texts{"b"});
    const auto position = one.position("news");
    one.publish("news", "c");
    until([&] { return recent(two, "news").size() == 2; });
    const auto subscription = two.subscribe("news", position, keep(seen));
    BOOST_TEST(!subscription.missed());
    turns();
    BOOST_TEST(seen == Texts{"c"});
}

BOOST_AUTO_TEST_CASE(what_the_dead_have_said_is_known_to_who_comes_later) {
    pubsub::Broker one{options()};
    std::optional<pubsub::Broker> dead{options()};
    together(1, one, *dead);
    dead->publish("news", "last words");
    until([&] { return recent(one, "news").size() == 1; });
    const auto position = one.position("news");
    dead.reset();
    together(0, one);
    pubsub::Broker heir{options()};
    wait(heir.ready());
    BOOST_TEST(recent(heir, "news") == Texts{"last words"});
    BOOST_TEST(heir.covers("news", position));
}

BOOST_AUTO_TEST_CASE(messages_that_are_kept_while_one_comes_are_not_doubled) {
    pubsub::Broker one{options()};
    pubsub::Broker two{options()};
    together(1, one, two);
    for (int i = 0; i < 100; ++i) {
        one.publish("news", std::to_string(i));
    }
    std::optional<pubsub::Broker> three{options()};
    const auto subscription = three->subscribe("news", keep(seen));
    Texts all;
    for (int i = 0; i < 300; ++i) {
        one.publish("news", std::to_string(100 + i));
        turns(1);
    }
    for (int i = 0; i < 400; ++i) {
        all.push_back(std::to_string(i));
    }
    until([&] { return seen.size() == 400; });
    turns();
    BOOST_TEST(seen == all);
}

BOOST_AUTO_TEST_CASE(a_process_that_is_killed_takes_nothing_along) {
    const auto child = ::fork();
    if (child == 0) {
        publish_and_die(folder.path(), 500);
    }
    pubsub::Broker one{options()};
    const auto subscription = one.subscribe("numbers", keep(seen));
    together(1, one);
    one.publish("start", "");
    until([&] { return seen.size() == 500; });
    BOOST_TEST(::waitpid(child, nullptr, 0) == child);
    together(0, one);
    BOOST_TEST(seen.front() == "1");
    BOOST_TEST(seen.back() == "500");
    until([&] {  // its socket is cleared away
        return std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1;
    });
}

BOOST_AUTO_TEST_CASE(a_forgotten_topic_that_is_published_in_again_is_no_loss) {
    auto few = options();
    few.max_topics = 1;
    pubsub::Broker one{few};
    pubsub::Broker two{options()};
    together(1, one, two);
    for (int i = 0; i < 100; ++i) {
        one.publish("orders", "x");
    }
    one.publish("alerts", "1");
    one.publish("sports", "x");
    std::uint64_t missed = 0;
    const auto subscription = two.subscribe("alerts", pubsub::Position{}, [&](const auto& message) {
        seen.push_back(message.payload());
        missed += message.missed();
    });
    one.publish("alerts", "2");
    until([&] { return seen.size() == 2; });
    BOOST_TEST(seen == (Texts{"1", "2"}));
    BOOST_TEST(missed == 0u);
    BOOST_TEST(two.counters().missed == 0u);
}

BOOST_AUTO_TEST_CASE(who_comes_to_a_broker_that_is_behind_gets_nothing_again) {
    FakePeer peer{folder.path(), 7};
    pubsub::Broker one{options()};
    until([&] { return peer.followers() == 1; });
    peer.tell(1);
    until([&] { return recent(one, "news").size() == 1; });
    auto position = one.position("news");
    position.advance(7, 3);
    const auto subscription = one.subscribe("news", position, keep(seen));
    for (std::uint64_t i = 2; i <= 5; ++i) {
        peer.tell(i);
    }
    until([&] { return recent(one, "news").size() == 5; });
    turns();
    BOOST_TEST(seen == (Texts{"4", "5"}));
}

BOOST_AUTO_TEST_CASE(messages_that_are_too_large_for_one_of_them_are_a_gap_and_nothing_else) {
    const LogCapture log;
    auto small = options();
    small.max_message_size = 1'000;
    pubsub::Broker one{options()};
    one.publish("news", "a");
    one.publish("news", std::string(500'000, 'x'));
    one.publish("news", "c");
    pubsub::Broker two{small};
    together(1, one, two);
    one.publish("news", std::string(1'001, 'x'));
    one.publish("news", "e");
    until([&] { return recent(two, "news").size() == 3; });
    BOOST_TEST(recent(two, "news") == (Texts{"a", "c", "e"}));
    BOOST_TEST(two.counters().missed == 2u);
    BOOST_TEST(two.counters().host_peers == 1u);
    BOOST_TEST(log.count("larger max_message_size") == 1);
}

BOOST_AUTO_TEST_CASE(one_of_another_version_is_asked_less_and_less_often) {
    const LogCapture log;
    FakePeer peer{folder.path(), 7};
    pubsub::Broker one{options()};
    std::string other_version = pubsub::encode({.kind = pubsub::FrameKind::synced});
    other_version[pubsub::frame_length_size] = 2;
    const auto begun = loop.time();
    for (int i = 1; i <= 4; ++i) {
        until([&] { return peer.connections() == i; });
        peer.say(other_version);
    }
    BOOST_TEST((loop.time() - begun >= std::chrono::milliseconds{50 + 100 + 200}));
    BOOST_TEST(one.counters().host_peers == 0u);
    BOOST_TEST(log.count("no message of a broker") == 1);
}

BOOST_AUTO_TEST_CASE(files_that_are_no_sockets_are_left_alone) {
    const auto path = folder.path() + "/0123456789abcdef";
    std::ofstream{path} << "somebody's";
    pubsub::Broker one{options()};
    pubsub::Broker two{options()};
    together(1, one, two);
    BOOST_TEST(std::filesystem::is_regular_file(path));
}

BOOST_AUTO_TEST_CASE(a_folder_that_was_emptied_or_removed_is_no_end) {
    const testing::VirtualTime time{loop};
    pubsub::Broker one{options()};
    pubsub::Broker two{options()};
    together(1, one, two);
    one.publish("news", "a");
    for (const bool with_folder : {false, true}) {
        for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
            std::filesystem::remove(entry);
        }
        if (with_folder) {
            std::filesystem::remove(folder.path());
        }
        run([]() -> Future<void> { co_await tornado::gen::sleep(std::chrono::seconds(11)); });
        pubsub::Broker late{options()};
        wait(late.ready());
        BOOST_TEST(recent(late, "news") == Texts{"a"});
        together(2, one, two, late);
    }
}

BOOST_AUTO_TEST_CASE(sockets_that_never_got_their_name_go) {
    const auto unfinished = folder.path() + "/.0123456789abcdef";
    const auto other = folder.path() + "/.something";
    {
        const auto dead = netutil::bind_unix_socket(unfinished);
        const auto foreign = netutil::bind_unix_socket(other);
    }
    struct timeval long_ago[2] = {{1'000'000, 0}, {1'000'000, 0}};
    ::utimes(unfinished.c_str(), long_ago);
    ::utimes(other.c_str(), long_ago);
    const auto fresh = folder.path() + "/.fedcba9876543210";
    const auto beginning = netutil::bind_unix_socket(fresh);
    pubsub::Broker one{options()};
    wait(one.ready());
    BOOST_TEST(!std::filesystem::exists(unfinished));
    BOOST_TEST(std::filesystem::exists(other));
    BOOST_TEST(std::filesystem::exists(fresh));
    std::filesystem::remove(other);
    std::filesystem::remove(fresh);
}

BOOST_AUTO_TEST_CASE(loops_of_several_threads_hear_each_other) {
    pubsub::Broker one{options()};
    const auto subscription = one.subscribe("numbers", keep(seen));
    std::thread other{[path = folder.path()] {
        tornado::ioloop::IOLoop its_loop;
        pubsub::Broker two{{.host = {.folder = path}}};
        its_loop.run_sync([&] { return publish_when_told(two, 3); });
    }};
    together(1, one);
    one.publish("start", "");
    until([&] { return seen.size() == 3; });
    other.join();
    BOOST_TEST(seen == (Texts{"1", "2", "3"}));
}

BOOST_AUTO_TEST_CASE(one_that_does_not_read_is_cut_off) {
    const LogCapture log;
    auto limited = options();
    limited.max_message_size = 10'000;
    limited.host.max_backlog = 100'000;
    pubsub::Broker one{limited};
    // Says hello, and then nothing.
    const auto address =
        netutil::Address::unix_path(folder.path() + "/" + pubsub::to_string(one.id()));
    iostream::IOStream silent{netutil::Socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)}};
    wait(silent.connect(address));
    const std::string hello =
        std::string("\0\0\0\x13\1\3", 6) + std::string(8, 'x') + std::string(9, '\0');
    wait(silent.write(hello));
    turns();
    for (int i = 0; i < 2'000 && one.counters().host_cut_off == 0; ++i) {
        one.publish("news", std::string(10'000, 'x'));
        turns(1);
    }
    BOOST_TEST(one.counters().host_cut_off == 1u);
    BOOST_TEST(log.count("does not read") == 1);
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused_and_hurts_nobody) {
    pubsub::Broker one{options()};
    const auto address =
        netutil::Address::unix_path(folder.path() + "/" + pubsub::to_string(one.id()));
    for (const std::string& text :
         {std::string(23, '\xff'), std::string("GET / HTTP/1.1\r\n\r\n     ")}) {
        iostream::IOStream stream{
            netutil::Socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)}};
        wait(stream.connect(address));
        wait(stream.write(text));
        BOOST_TEST(wait(stream.read_until_close()).empty());
    }
    pubsub::Broker two{options()};
    together(1, one, two);
}

BOOST_AUTO_TEST_CASE(a_folder_that_others_may_enter_is_refused) {
    const TemporaryFolder open;
    ::chmod(open.path().c_str(), 0755);
    BOOST_CHECK_THROW((pubsub::Broker{{.host = {.folder = open.path()}}}), std::invalid_argument);
    BOOST_CHECK_THROW(
        (pubsub::Broker{{.host = {.folder = open.path() + "/no/such"}}}), std::system_error
    );
}

BOOST_AUTO_TEST_CASE(a_private_folder_goes_with_who_made_it) {
    std::string path;
    {
        const pubsub::PrivateFolder made;
        path = made.path();
        struct stat status {};
        BOOST_TEST(::stat(path.c_str(), &status) == 0);
        BOOST_TEST((status.st_mode & 0777U) == 0700u);
        pubsub::Broker one{{.host = {.folder = path}}};
    }
    BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_SUITE_END()
