#include <tornado/tcpserver/tcpclient.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tornado/tcpclient.hpp>
#include <tornado/testing/virtual_time.hpp>
#include <utility>
#include <vector>

#include "connect_calls.hpp"
#include "support.hpp"

namespace {

using tornado::Future;
using tornado::Promise;
using tornado::ioloop::TimeoutError;
using tornado::iostream::IOStream;
using tornado::iostream::StreamClosedError;
using tornado::netutil::Address;
using tornado::netutil::bind_sockets;
using tornado::netutil::Family;
using tornado::netutil::local_address;
using tornado::netutil::Resolver;
using tornado::netutil::ResolverErrc;
using tornado::netutil::Socket;
using tornado::tcpclient::ConnectOptions;
using tornado::tcpclient::TCPClient;

/// One that answers whatever it is asked with the same addresses.
struct ListResolver : Resolver {
    explicit ListResolver(Addresses addresses) : list{std::move(addresses)} {}
    Future<Addresses> look_up(std::string, std::uint16_t, Family) override {
        return Future<Addresses>::ready(list);
    }
    void close() override { closed = true; }

    Addresses list;
    bool closed = false;
};

/// One that never answers.
struct SilentResolver : Resolver {
    Future<Addresses> look_up(std::string, std::uint16_t, Family) override {
        return promise.future();
    }
    Promise<Addresses> promise;
};

/// A place to connect to.
class Place {
public:
    enum class Kind { answering, refusing, silent };

    Place(Kind kind, const std::string& host) {
        auto sockets = bind_sockets(0, {.address = host, .backlog = 0});
        listener_ = std::move(sockets.front());
        address_ = local_address(listener_.fileno());
        if (kind == Kind::refusing) {
            listener_.close();
        } else if (kind == Kind::silent) {
            // A queue without room: the kernel does not answer whoever comes next.
            filler_ = IOStream{new_socket(address_.is_ipv6() ? AF_INET6 : AF_INET)};
            filler_.connect(address_).ignore();
        }
    }

    [[nodiscard]] const Address& address() const { return address_; }
    [[nodiscard]] std::string name() const {
        return address_.host() + " " + std::to_string(address_.port());
    }
    /// Takes one connection out of the queue, so that another is answered.
    [[nodiscard]] Socket accept() const {
        return Socket{::accept4(listener_.fileno(), nullptr, nullptr, SOCK_CLOEXEC)};
    }
    /// The connection that makes it silent.
    [[nodiscard]] IOStream& filler() { return filler_; }

private:
    Socket listener_;
    Address address_;
    IOStream filler_;
};

using Kind = Place::Kind;

/// For expressions with co_await, which take no braces.
template <typename... Places>
std::vector<const Place*> to(const Places&... places) {
    return {&places...};
}

struct ClientFixture : LoopFixture {
    Place& place(Kind kind, const std::string& host = "127.0.0.1") {
        auto& made = *places.emplace_back(std::make_unique<Place>(kind, host));
        if (kind == Kind::silent) {
            turns();
        }
        return made;
    }
    Future<IOStream> connect(const std::vector<const Place*>& where) {
        return connect(where, ConnectOptions());
    }
    Future<IOStream>
    connect(const std::vector<const Place*>& where, const ConnectOptions& options) {
        Resolver::Addresses addresses;
        for (const auto* each : where) {
            addresses.push_back(each->address());
        }
        connect_calls().clear();
        return TCPClient{std::make_shared<ListResolver>(addresses)}.connect("host", 80, options);
    }
    /// Waits for the connection, and says where it goes.
    std::string winner(const std::vector<const Place*>& where) {
        const auto stream = run([&] { return connect(where); });
        const auto peer = stream.peer_address();
        return peer.host() + " " + std::to_string(peer.port());
    }
    std::error_code error(const std::vector<const Place*>& where) {
        return run([&]() -> Future<std::error_code> {
            try {
                co_await connect(where);
            } catch (const StreamClosedError& error) {
                co_return error.real_error();
            }
            co_return std::error_code{};
        });
    }

    std::vector<std::unique_ptr<Place>> places;
};

using Names = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(tcpclient, ClientFixture)

BOOST_AUTO_TEST_CASE(a_connected_stream_carries_bytes) {
    auto& server = place(Kind::answering);
    TCPClient client;
    run([&]() -> Future<void> {
        auto stream = co_await client.connect("127.0.0.1", server.address().port());
        IOStream accepted{server.accept()};
        co_await stream.write("hello");
        BOOST_TEST(co_await accepted.read_bytes(5) == "hello");
    });
    client.close();
}

BOOST_AUTO_TEST_CASE(names_are_resolved) {
    auto& server = place(Kind::answering);
    TCPClient client;
    auto stream = run([&] { return client.connect("localhost", server.address().port()); });
    BOOST_TEST((stream.peer_address() == server.address()));
}

BOOST_AUTO_TEST_CASE(ipv6_is_spoken) {
    if (!has_ipv6_loopback()) {
        return;
    }
    auto& server = place(Kind::answering, "::1");
    TCPClient client;
    auto stream = run([&] { return client.connect("::1", server.address().port()); });
    BOOST_TEST((stream.peer_address() == server.address()));
}

BOOST_AUTO_TEST_CASE(a_server_of_all_families_is_reached_by_any_name) {
    const auto sockets = bind_sockets(0, {.address = "localhost"});
    TCPClient client;
    for (const std::string host : {"127.0.0.1", "localhost"}) {
        const auto stream = run([&] { return client.connect(host, port_of(sockets.front())); });
        BOOST_TEST(!stream.closed());
    }
}

BOOST_AUTO_TEST_CASE(a_resolver_may_name_unix_sockets) {
    const std::string name = std::string("\0tornado-tcpclient-", 19) + std::to_string(::getpid());
    const auto listener = tornado::netutil::bind_unix_socket(name);
    TCPClient client{
        std::make_shared<ListResolver>(Resolver::Addresses{local_address(listener.fileno())})};
    const auto stream = run([&] {
        return client.connect("database", 5432, ConnectOptions{}.source_ip("127.0.0.1"));
    });
    BOOST_TEST((stream.peer_address() == Address::unix_path(name)));
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_the_error) {
    BOOST_TEST((error({&place(Kind::refusing)}) == std::errc::connection_refused));
}

BOOST_AUTO_TEST_CASE(a_host_that_cannot_be_resolved_is_the_error) {
    TCPClient client;
    BOOST_CHECK_THROW(run([&] { return client.connect("", 80); }), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_resolver_that_finds_nothing_is_an_error) {
    TCPClient client{std::make_shared<ListResolver>(Resolver::Addresses{})};
    BOOST_CHECK_THROW(run([&] { return client.connect("host", 80); }), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_port_beyond_the_range_is_misuse) {
    run([] {
        TCPClient client;
        BOOST_CHECK_THROW(client.connect("127.0.0.1", 65'536), std::invalid_argument);
        BOOST_CHECK_THROW(client.connect("127.0.0.1", -1), std::invalid_argument);
    });
}

BOOST_AUTO_TEST_CASE(only_a_resolver_of_its_own_is_closed) {
    const auto resolver = std::make_shared<ListResolver>(Resolver::Addresses{});
    TCPClient{resolver}.close();
    BOOST_TEST(!resolver->closed);
    Resolver::configure([&] { return resolver; });
    TCPClient{}.close();
    BOOST_TEST(resolver->closed);
    Resolver::configure(nullptr);
}

BOOST_AUTO_TEST_CASE(the_client_may_go_while_it_connects) {
    auto& server = place(Kind::answering);
    auto client = std::make_optional<TCPClient>();
    const auto stream = run([&] {
        auto connecting = client->connect("localhost", server.address().port());
        client.reset();
        return connecting;
    });
    BOOST_TEST(!stream.closed());
}

BOOST_AUTO_TEST_CASE(a_family_can_be_chosen) {
    auto& server = place(Kind::answering);
    TCPClient client;
    const auto port = server.address().port();
    auto stream = run([&] {
        return client.connect("localhost", port, ConnectOptions().family(Family::ipv4));
    });
    BOOST_TEST((stream.peer_address() == server.address()));
    BOOST_CHECK_THROW(
        run([&] { return client.connect("127.0.0.1", port, ConnectOptions().family(Family::ipv6)); }
        ),
        std::system_error
    );
}

BOOST_AUTO_TEST_CASE(limits_are_those_of_the_stream) {
    auto& server = place(Kind::answering);
    run([&]() -> Future<void> {
        const auto options = ConnectOptions().max_buffer_size(5000);
        auto stream = co_await connect(to(server), options);
        IOStream accepted{server.accept()};
        accepted.write(std::string(100'000, 'x')).ignore();
        bool failed = false;
        try {
            co_await stream.read_until("y");
        } catch (const StreamClosedError&) {
            failed = true;
        }
        BOOST_TEST(failed);
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(tcpclient_source, ClientFixture)

/// Where the accepted connection comes from.
Address peer_of(const Socket& accepted) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    BOOST_REQUIRE(
        ::getpeername(accepted.fileno(), reinterpret_cast<sockaddr*>(&storage), &size) == 0
    );
    return Address{reinterpret_cast<const sockaddr*>(&storage)};
}

BOOST_AUTO_TEST_CASE(a_source_address_is_used) {
    auto& server = place(Kind::answering);
    const auto stream =
        run([&] { return connect({&server}, ConnectOptions().source_ip("127.0.0.2")); });
    const auto accepted = server.accept();
    BOOST_TEST(peer_of(accepted).host() == "127.0.0.2");
}

BOOST_AUTO_TEST_CASE(a_source_port_is_used_on_the_loopback_unless_told_otherwise) {
    for (const std::string host : {"127.0.0.1", "::1"}) {
        if (host == "::1" && !has_ipv6_loopback()) {
            continue;
        }
        auto& server = place(Kind::answering, host);
        const auto free = place(Kind::refusing, host).address().port();
        const auto stream =
            run([&] { return connect({&server}, ConnectOptions().source_port(free)); });
        const auto accepted = server.accept();
        BOOST_TEST((peer_of(accepted) == Address(host, free)));
    }
}

BOOST_AUTO_TEST_CASE(both_can_be_given) {
    auto& server = place(Kind::answering);
    const auto free = place(Kind::refusing, "127.0.0.2").address().port();
    const auto stream = run([&] {
        return connect({&server}, ConnectOptions().source_ip("127.0.0.2").source_port(free));
    });
    const auto accepted = server.accept();
    BOOST_TEST((peer_of(accepted) == Address("127.0.0.2", free)));
}

BOOST_AUTO_TEST_CASE(a_source_that_cannot_be_used_is_the_error_and_nothing_is_tried) {
    auto& server = place(Kind::answering);
    auto& taken = place(Kind::answering);
    const auto try_from = [&](const ConnectOptions& options) {
        try {
            run([&] { return connect({&server, &server}, options); });
        } catch (const std::system_error& error) {
            BOOST_TEST(std::string{error.what()}.find("cannot connect from ") == 0U);
            return error.code();
        }
        return std::error_code{};
    };
    BOOST_TEST((try_from(ConnectOptions().source_ip("8.8.8.8")) == std::errc::address_not_available)
    );
    BOOST_TEST((
        try_from(ConnectOptions().source_port(taken.address().port())) == std::errc::address_in_use
    ));
    BOOST_TEST(connect_calls().empty());
}

BOOST_AUTO_TEST_CASE(a_source_that_cannot_be_one_is_misuse) {
    BOOST_CHECK_THROW(ConnectOptions().source_ip("localhost"), std::invalid_argument);
    BOOST_CHECK_THROW(ConnectOptions().source_ip(""), std::invalid_argument);
    BOOST_CHECK_THROW(ConnectOptions().source_port(0), std::invalid_argument);
    BOOST_CHECK_THROW(ConnectOptions().source_port(65'536), std::invalid_argument);
    TCPClient client;
    BOOST_CHECK_THROW(
        client.connect(
            "localhost", 80, ConnectOptions().source_ip("127.0.0.1").family(Family::ipv6)
        ),
        std::invalid_argument
    );
}

BOOST_AUTO_TEST_CASE(only_addresses_of_the_sources_family_are_looked_for) {
    struct FamilyResolver : Resolver {
        Future<Addresses> look_up(std::string, std::uint16_t, Family family) override {
            asked = family;
            return Future<Addresses>::ready(Addresses());
        }
        Family asked = Family::any;
    };
    const auto resolver = std::make_shared<FamilyResolver>();
    run([&] {
        TCPClient client{resolver};
        client.connect("host", 80, ConnectOptions().source_ip("::1")).ignore();
        BOOST_TEST((resolver->asked == Family::ipv6));
        client.connect("host", 80, ConnectOptions().source_ip("127.0.0.1")).ignore();
        BOOST_TEST((resolver->asked == Family::ipv4));
    });
}

BOOST_AUTO_TEST_SUITE_END()

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
