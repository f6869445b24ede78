#include <tornado/tcpserver/tcpclient.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "tcpclient_support.hpp"

namespace {

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

}  // namespace
