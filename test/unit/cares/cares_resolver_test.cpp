#include <tornado/cares/cares_resolver.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../iostream/support.hpp"

namespace {

using tornado::Future;
using tornado::caresresolver::CaresOptions;
using tornado::caresresolver::CaresResolver;
using tornado::ioloop::Events;
using tornado::ioloop::IOLoop;
using tornado::netutil::Address;
using tornado::netutil::Family;
using tornado::netutil::local_address;
using tornado::netutil::Resolver;
using tornado::netutil::ResolverErrc;
using tornado::netutil::Socket;

using Addresses = Resolver::Addresses;

/// A name server that knows a few hosts of IPv4, and says nothing at all about those whose name
/// begins with "silent".
class NameServer {
public:
    explicit NameServer(IOLoop& loop) : loop_{loop} {
        const auto address = loopback(0);
        BOOST_REQUIRE(
            ::bind(socket_.fileno(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0
        );
        loop_.add_handler(
            socket_.fileno(), [this](int, Events) { answer(); }, Events::read
        );
    }
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;
    ~NameServer() { loop_.remove_handler(socket_.fileno()); }

    [[nodiscard]] std::string address() const {
        return "127.0.0.1:" + std::to_string(local_address(socket_.fileno()).port());
    }

    std::map<std::string, std::vector<std::array<std::uint8_t, 4>>> hosts{
        {"one.example.", {{192, 0, 2, 1}}},
        {"many.example.", {{192, 0, 2, 2}, {192, 0, 2, 3}}}};
    int queries = 0;
    std::uint8_t code = 0;  ///< what it says instead of an answer, if not 0 (RFC 1035, 4.1.1)

private:
    void answer() {
        std::array<char, 1024> query;
        sockaddr_storage from{};
        socklen_t from_size = sizeof from;
        const auto size = ::recvfrom(
            socket_.fileno(),
            query.data(),
            query.size(),
            0,
            reinterpret_cast<sockaddr*>(&from),
            &from_size
        );
        if (size < 17) {
            return;
        }
        ++queries;
        const auto response = response_to({query.data(), static_cast<std::size_t>(size)});
        if (response) {
            ::sendto(
                socket_.fileno(),
                response->data(),
                response->size(),
                0,
                reinterpret_cast<const sockaddr*>(&from),
                from_size
            );
        }
    }

    std::optional<std::string> response_to(std::string_view query) {
        std::size_t place = 12;
        std::string name;
        while (query[place] != 0) {
            const auto length = static_cast<std::size_t>(query[place]);
            name.append(query.substr(place + 1, length)).append(".");
            place += length + 1;
        }
        const auto type = query[place + 2];
        const auto question = query.substr(12, place + 5 - 12);
        if (name.starts_with("silent")) {
            return std::nullopt;
        }
        const auto found = hosts.find(name);
        constexpr char ipv4 = 1;
        constexpr char name_error = 3;
        const bool known = found != hosts.end();
        const auto count = known && type == ipv4 && code == 0 ? found->second.size() : 0;
        std::string response{query.substr(0, 2)};
        response += '\x81';
        response += static_cast<char>('\x80' | (code != 0 ? code : known ? 0 : name_error));
        response += std::string{"\0\1\0", 3} + static_cast<char>(count) + std::string(4, '\0');
        response += question;
        for (std::size_t i = 0; i < count; ++i) {
            response += std::string{"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12};
            response.append(reinterpret_cast<const char*>(found->second[i].data()), 4);
        }
        return response;
    }

    IOLoop& loop_;
    Socket socket_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
};

struct CaresFixture {
    CaresFixture() {
        CaresOptions options;
        options.servers = {server.address()};
        options.timeout = std::chrono::seconds{30};
        resolver = std::make_unique<CaresResolver>(options);
    }
    template <typename F>
    auto run(F&& function) {
        return loop.run_sync(std::forward<F>(function), much_too_long);
    }
    Addresses resolve(const std::string& host, Family family = Family::any) {
        return run([&] { return resolver->resolve(host, 80, family); });
    }
    std::error_code failure(const std::string& host, Family family = Family::any) {
        try {
            static_cast<void>(resolve(host, family));
        } catch (const std::system_error& error) {
            BOOST_TEST(std::string{error.what()}.find(host) != std::string::npos);
            return error.code();
        }
        throw std::logic_error{"it can be resolved"};
    }

    IOLoop loop;
    NameServer server{loop};
    std::unique_ptr<CaresResolver> resolver;
};

BOOST_FIXTURE_TEST_SUITE(cares_resolver, CaresFixture)

BOOST_AUTO_TEST_CASE(a_name_server_is_asked) {
    BOOST_TEST((resolve("one.example.") == Addresses{Address("192.0.2.1", 80)}));
    BOOST_TEST((resolve("one.example", Family::ipv4) == Addresses{Address("192.0.2.1", 80)}));
    BOOST_TEST(resolve("many.example.").size() == 2U);
    BOOST_TEST(server.queries > 0);
}

BOOST_AUTO_TEST_CASE(localhost_is_this_machine) {
    const auto found = resolve("localhost", Family::ipv4);
    BOOST_TEST((found == Addresses{Address("127.0.0.1", 80)}));
    BOOST_TEST(server.queries == 0);
}

BOOST_AUTO_TEST_CASE(numeric_hosts_are_done_at_once) {
    run([&] {
        const auto found = resolver->resolve("192.0.2.9", 81);
        BOOST_TEST(found.done());
        BOOST_TEST((found.result() == Addresses{Address("192.0.2.9", 81)}));
    });
    BOOST_TEST((failure("192.0.2.9", Family::ipv6) == ResolverErrc::no_address));
    BOOST_TEST(server.queries == 0);
}

BOOST_AUTO_TEST_CASE(an_unknown_host_is_named_in_the_error) {
    BOOST_TEST((failure("nowhere.example.") == ResolverErrc::name_not_known));
}

BOOST_AUTO_TEST_CASE(a_host_without_addresses_of_the_family_has_none) {
    BOOST_TEST((failure("one.example.", Family::ipv6) == ResolverErrc::no_address));
}

BOOST_AUTO_TEST_CASE(a_server_that_fails_is_a_failure_for_now) {
    constexpr std::uint8_t server_failure = 2;
    server.code = server_failure;
    BOOST_TEST((failure("one.example.") == ResolverErrc::temporary_failure));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_silent_is_given_up) {
    CaresOptions options;
    options.servers = {server.address()};
    options.timeout = std::chrono::milliseconds{20};
    options.tries = 2;
    resolver = std::make_unique<CaresResolver>(options);
    BOOST_TEST((failure("silent.example.") == ResolverErrc::temporary_failure));
}

BOOST_AUTO_TEST_CASE(several_can_be_asked_for_at_once) {
    run([&]() -> Future<void> {
        auto one = resolver->resolve("one.example.", 1);
        auto many = resolver->resolve("many.example.", 2);
        auto none = resolver->resolve("nowhere.example.", 3);
        BOOST_TEST((co_await std::move(many)).size() == 2U);
        BOOST_TEST((co_await std::move(one)).front().port() == 1);
        bool failed = false;
        try {
            co_await std::move(none);
        } catch (const std::system_error&) {
            failed = true;
        }
        BOOST_TEST(failed);
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_ends_at_once_and_its_late_answer_is_dropped) {
    run([&]() -> Future<void> {
        const auto cancelled = resolver->resolve("one.example.", 80);
        BOOST_TEST(cancelled.cancel());
        BOOST_TEST(cancelled.cancelled());
        co_await resolver->resolve("many.example.", 80);
        BOOST_TEST(cancelled.cancelled());
    });
}

BOOST_AUTO_TEST_CASE(closing_cancels_what_is_asked_for) {
    run([&] {
        const auto asked = resolver->resolve("silent.example.", 80);
        resolver->close();
        BOOST_TEST(asked.cancelled());
        BOOST_CHECK_THROW(resolver->resolve("one.example.", 80), std::logic_error);
        const auto again = resolver->resolve("", 80);
        BOOST_TEST((again.exception() != nullptr));
    });
}

BOOST_AUTO_TEST_CASE(it_may_go_while_it_resolves) {
    run([&] {
        const auto asked = resolver->resolve("silent.example.", 80);
        resolver.reset();
        BOOST_TEST(asked.cancelled());
    });
}

BOOST_AUTO_TEST_CASE(servers_that_are_none_are_refused) {
    CaresOptions options;
    options.servers = {"nonsense"};
    BOOST_CHECK_THROW(CaresResolver{options}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_cares_resolver_outlives_its_loop) {
    auto first = std::make_unique<IOLoop>();
    CaresOptions options;
    options.timeout = std::chrono::seconds{30};
    {
        NameServer server{*first};
        options.servers = {server.address()};
    }
    CaresResolver resolver{options};
    first->run_sync([&] { resolver.resolve("silent.example.", 80).ignore(); });
    first.reset();
    IOLoop next;
    const auto found =
        next.run_sync([&] { return resolver.resolve("localhost", 80, Family::ipv4); });
    BOOST_TEST(found.size() == 1U);
}

}  // namespace
