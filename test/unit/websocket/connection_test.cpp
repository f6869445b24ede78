#include <tornado/websocket/connection.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/iostream/memory_pair.hpp>

#include "socket_support.hpp"

namespace {

namespace iostream = tornado::iostream;

/// A user that has never done with the first message.
class Busy final : websocket::ConnectionUser {
public:
    explicit Busy(const iostream::WireFaults& to_peer)
        : pair{iostream::memory_pair({}, to_peer)},
          connection{websocket::Connection::make(
              *this,
              {.ping_interval = 1'000ms, .ping_timeout = 1'000ms}
          )} {
        connection->attach(pair.first.release());
        connection->start();
        pair.second.write(masked(Opcode::text, "work")).ignore();
    }
    ~Busy() { connection->abandon(); }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

    iostream::MemoryPair pair;
    websocket::ConnectionRef connection;

private:
    websocket::Started message_received(websocket::Incoming&) override {
        return work_.future().state();
    }
    websocket::Started ping_received(std::string_view) override { return {}; }
    websocket::Started pong_received(std::string_view) override { return {}; }
    void connection_ended() noexcept override {}
    void callback_failed(std::exception_ptr) noexcept override {}

    Promise<void> work_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connection_at_work, testing::AsyncTestCase)

BOOST_AUTO_TEST_CASE(stays_while_pings_are_taken_though_nobody_answers) {
    testing::VirtualTime time{io_loop()};
    const Busy busy{{}};
    run([] { return gen::sleep(60s); });
    BOOST_TEST(!busy.connection->ended());
    BOOST_TEST(busy.pair.to_second.written() >= 50 * plain(Opcode::ping, "").size());
}

BOOST_AUTO_TEST_CASE(ends_when_pings_are_not_taken) {
    testing::VirtualTime time{io_loop()};
    const Busy busy{{.capacity = 1}};
    run([] { return gen::sleep(5s); });
    BOOST_TEST(busy.connection->ended());
}

BOOST_AUTO_TEST_SUITE_END()
