#include <tornado/ioloop/blocked_callback.hpp>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>

#include "support.hpp"

namespace {

namespace ioloop = tornado::ioloop;

/// Blocks the loop until the watchdog has told of it.
struct BlockingHandler : web::RequestHandler {
    explicit BlockingHandler(std::atomic<int>& told) : told_{told} {}

    Future<void> get() {
        block_until(1);
        co_await gen::sleep(1ms);
        block_until(2);  // also after a wait
    }

private:
    void block_until(int count) const {
        while (told_ < count) {
        }
    }
    std::atomic<int>& told_;
};

BOOST_AUTO_TEST_SUITE(watchdog_of_handlers)

BOOST_FIXTURE_TEST_CASE(the_handler_that_blocks_the_loop_is_named_with_its_route, WebTest) {
    std::atomic<int> told = 0;
    std::vector<ioloop::BlockedCallback> all;
    serve<BlockingHandler>(std::ref(told));
    io_loop().set_blocking_signal_threshold(5ms, [&](const ioloop::BlockedCallback& blocked) {
        if (!blocked.label.empty()) {
            all.push_back(blocked);
            ++told;
        }
    });
    BOOST_TEST(get().code == 200);
    io_loop().set_blocking_log_threshold(std::nullopt);
    BOOST_REQUIRE(all.size() >= 2U);
    for (const auto& blocked : all) {
        BOOST_TEST(blocked.label.ends_with("BlockingHandler /"), blocked.label);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
