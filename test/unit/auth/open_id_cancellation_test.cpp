#include <tornado/auth/open_id_connect.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/ioloop/time_limit.hpp>
#include <tornado/stack_context.hpp>

#include "open_id_provider.hpp"

BOOST_AUTO_TEST_SUITE(open_id_cancellation)

/// An endpoint that answers when it is let go.
struct Gate {
    Promise<void> asked;
    Promise<void> open;
};

struct GateTest : OpenIDTest {
    /// The usual answer to a question for keys, or about the provider itself, once the gate opens.
    std::function<Future<void>(web::RequestHandler&)> behind(Gate& gate) {
        return [this, &gate](web::RequestHandler& handler) -> Future<void> {
            gate.asked.set_result();
            co_await gate.open.future();
            provider.key_endpoint = nullptr;
            provider.discovery = nullptr;
            if (handler.request().path() == "/op/jwks") {
                handler.write(R"({"keys":)" + provider.keys + "}");
            } else {
                handler.write(provider.about());
            }
        };
    }
    /// Somebody's login, of which the token is left to verify.
    Future<json::object> verify() { return site.provider->verify_id_token(provider.id_token()); }
    /// Begins one, and has it cancelled while the provider thinks. The loop runs on until the
    /// answer has come.
    void cancel_one(Gate& gate) {
        run(
            [&]() -> Future<void> {
                auto cancelled = verify();
                co_await gate.asked.future();
                cancelled.cancel();
                gate.open.set_result();
                co_await gen::sleep(1s);
                BOOST_TEST(cancelled.cancelled());
            },
            1min
        );
    }
};

BOOST_FIXTURE_TEST_CASE(what_a_cancelled_login_had_asked_for_grows_old_all_the_same, GateTest) {
    testing::VirtualTime time{io_loop()};
    Gate about;
    provider.discovery = behind(about);
    cancel_one(about);
    run([] { return gen::sleep(25h); }, 1min);
    run([&] { return verify(); }, 1min);
    BOOST_TEST(provider.metadata_requests == 2);

    start({});
    Gate keys;
    provider.key_endpoint = behind(keys);
    cancel_one(keys);
    BOOST_TEST(provider.key_requests == 2);
    run([&] { return verify(); }, 1min);
    BOOST_TEST(provider.key_requests == 2);  // it was not for nothing
    run([] { return gen::sleep(2h); }, 1min);
    run([&] { return verify(); }, 1min);
    BOOST_TEST(provider.key_requests == 3);
}

BOOST_FIXTURE_TEST_CASE(an_error_that_nobody_waited_for_is_not_kept, GateTest) {
    testing::VirtualTime time{io_loop()};
    Gate gate;
    provider.discovery = [&](web::RequestHandler& handler) -> Future<void> {
        gate.asked.set_result();
        co_await gate.open.future();
        provider.discovery = nullptr;
        handler.set_status(503);
    };
    cancel_one(gate);
    BOOST_TEST(log_in() == std::error_code{});
    BOOST_TEST(provider.metadata_requests == 2);
}

BOOST_FIXTURE_TEST_CASE(logins_at_once_ask_the_provider_once, GateTest) {
    run([&]() -> Future<void> {
        auto first = verify();
        auto second = verify();
        auto third = verify();
        first.cancel();  // and who goes takes nothing from the others
        co_await second;
        co_await third;
    });
    BOOST_TEST(provider.metadata_requests == 1);
    BOOST_TEST(provider.key_requests == 1);
}

BOOST_FIXTURE_TEST_CASE(the_time_limit_of_the_first_is_not_that_of_the_others, GateTest) {
    testing::VirtualTime time{io_loop()};
    provider.discovery = [this](web::RequestHandler& handler) -> Future<void> {
        co_await gen::sleep(6s);
        handler.write(provider.about());
    };
    run(
        [&]() -> Future<void> {
            {
                const tornado::stack_context::StackContext limit{
                    tornado::ioloop::must_end_by, io_loop().time_after(5s)};
                static_cast<void>(verify());
            }
            const auto claims = co_await verify();
            BOOST_TEST(claims.at("sub").as_string() == "anna");
        },
        1min
    );
}

BOOST_FIXTURE_TEST_CASE(a_client_may_go_before_what_it_has_asked_for, GateTest) {
    testing::VirtualTime time{io_loop()};
    Gate gate;
    provider.discovery = behind(gate);
    run(
        [&]() -> Future<void> {
            auto cancelled = verify();
            co_await gate.asked.future();
            cancelled.cancel();
            co_await gen::moment();
            site.provider.reset();
            gate.open.set_result();
            co_await gen::sleep(1s);
        },
        1min
    );
}

// Keys that change

BOOST_FIXTURE_TEST_CASE(logins_at_once_right_after_a_rotation_all_succeed, GateTest) {
    run([&] { return verify(); });
    provider.rotate("two");
    Gate gate;
    provider.key_endpoint = behind(gate);
    run([&]() -> Future<void> {
        auto first = verify();
        co_await gate.asked.future();
        auto second = verify();
        co_await gen::moment();
        gate.open.set_result();
        co_await first;
        co_await second;
    });
    BOOST_TEST(provider.key_requests == 2);
}

BOOST_FIXTURE_TEST_CASE(keys_that_did_not_come_are_asked_for_again_soon, GateTest) {
    testing::VirtualTime time{io_loop()};
    BOOST_TEST(log_in() == std::error_code{});
    run([] { return gen::sleep(1min); }, 1min);
    provider.rotate("two");
    provider.key_endpoint = [](web::RequestHandler& handler) {
        handler.set_status(503);
        return Future<void>::ready();
    };
    BOOST_TEST(log_in() == Errc::provider_status);
    provider.key_endpoint = nullptr;
    BOOST_TEST(log_in() == Errc::unknown_key);
    run([] { return gen::sleep(5s); }, 1min);
    BOOST_TEST(log_in() == std::error_code{});
    BOOST_TEST(provider.key_requests == 3);
}

BOOST_AUTO_TEST_SUITE_END()
