#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>

#include "tornado/ioloop/loop_control.hpp"

namespace tornado::testing {

/// The seed that the environment variable ASYNC_TEST_SEED asks for, if it is a number.
[[nodiscard]] std::optional<std::uint64_t> get_async_test_seed();

/// Makes a loop do things in another order than usual wherever no order is promised, so that a test
/// finds what only works by luck. The same seed makes the same order.
///
/// What is ready in one turn is mixed:
/// - coroutines and done-callbacks that wait for different futures, among themselves and with all
///   other callbacks;
/// - coroutines that let a turn pass with gen::moment(), likewise;
/// - descriptors that are found ready at the same time.
///
/// What keeps its order, because it is promised:
/// - callbacks of add_callback(), among themselves, from whichever thread;
/// - all that waits for one and the same future;
/// - timeouts, those of the same time too;
/// - whatever a turn adds comes in a later one. Nothing waits longer than without shuffling.
///
/// So locks and queues serve in their order, but who has been served may go on before another who
/// was served earlier in the same turn.
///
/// The seed is the one given, or else ASYNC_TEST_SEED, or else a new one. It is logged to
/// `tornado.application` when an exception ends the object's scope; with Boost.Test,
/// BOOST_TEST_INFO_SCOPE(shuffle) shows it beside every failed assertion too. With ASYNC_TEST_SEED
/// set, every AsyncTestCase is shuffled, so that a whole suite can be.
///
/// Ownership: the loop must outlive it. Thread safety: the loop's thread.
///
///     const testing::ShuffledSchedule shuffle{io_loop()};
///     BOOST_TEST_INFO_SCOPE(shuffle);
///     run(transfer_between_accounts());
class ShuffledSchedule final : private ioloop::LoopOrder {
public:
    explicit ShuffledSchedule(ioloop::IOLoop& loop);
    ShuffledSchedule(ioloop::IOLoop& loop, std::uint64_t seed);
    ~ShuffledSchedule();

    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
    /// How to repeat it.
    friend std::ostream& operator<<(std::ostream& out, const ShuffledSchedule& schedule);

private:
    void arrange(concurrent::TaskQueue& tasks) override;
    void arrange(ioloop::Poller& poller, std::size_t count) override;
    [[nodiscard]] std::size_t below(std::size_t bound) noexcept;
    template <typename Swap>
    void shuffle(std::size_t count, Swap swap);

    ioloop::IOLoop& loop_;
    const std::uint64_t seed_;
    std::uint64_t state_;
    const int exceptions_;  // in flight when it was made
    ioloop::LoopOrder* former_;
};

}  // namespace tornado::testing
