#pragma once

#include <boost/test/unit_test.hpp>
#include <optional>
#include <random>
#include <vector>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/testing/shuffled_schedule.hpp"
#include "tornado/testing/virtual_time.hpp"

/// Choices of a random schedule; the same seed makes the same choices.
class Choices {
public:
    explicit Choices(unsigned seed) : engine_{seed} {}

    /// From 0 up to, not including, `bound`.
    std::size_t below(std::size_t bound) { return engine_() % bound; }
    bool one_in(std::size_t bound) { return below(bound) == 0; }

    /// A timeout that is over at once, or never met, or none.
    std::optional<tornado::ioloop::Duration> timeout() {
        using namespace std::chrono_literals;
        switch (below(3)) {
            case 0:
                return 0ms;
            case 1:
                return 1h;
            default:
                return std::nullopt;
        }
    }

    /// Takes a random element out, if there is any.
    template <typename T>
    std::optional<T> take_from(std::vector<T>& all) {
        if (all.empty()) {
            return std::nullopt;
        }
        const auto place = all.begin() + static_cast<std::ptrdiff_t>(below(all.size()));
        std::optional<T> taken{std::move(*place)};
        all.erase(place);
        return taken;
    }
    template <typename T>
    T* any_of(std::vector<T>& all) {
        return all.empty() ? nullptr : &all[below(all.size())];
    }

private:
    std::mt19937 engine_;
};

/// What must hold in the schedule of a seed. (Cheaper than BOOST_TEST, as it is asked so often.)
class Claims {
public:
    explicit Claims(unsigned seed) : seed_{seed} {}

    void that(bool holds, const char* what) const {
        if (!holds) {
            BOOST_FAIL(what << " (seed " << seed_ << ")");
        }
    }

private:
    unsigned seed_;
};

/// Whether the loop itself is shuffled too under a seed: then who was served earlier in a turn may
/// go on later.
constexpr bool is_shuffled(unsigned seed) {
    return seed % 2 == 1;
}

/// Runs a Schedule, which is made from a seed, under 10,000 of them, or under ASYNC_TEST_SEED
/// alone.
template <typename Schedule>
void run_schedules() {
    const auto only = tornado::testing::get_async_test_seed();
    const auto first = static_cast<unsigned>(only.value_or(0));
    const auto count = only ? 1U : 10'000U;
    std::optional<Schedule> schedule;
    tornado::ioloop::IOLoop loop;
    const tornado::testing::VirtualTime time{loop};
    const LogCapture log;  // of timeouts that nobody waits for any more
    for (unsigned seed = first; seed < first + count; ++seed) {
        std::optional<tornado::testing::ShuffledSchedule> shuffle;
        if (is_shuffled(seed)) {
            shuffle.emplace(loop, seed);
        }
        schedule.emplace(seed);
        loop.run_sync([&] { return schedule->run(); });
    }
}

/// Lets `turns` turns of the loop pass.
inline tornado::Future<void> pass(std::size_t turns) {
    for (; turns > 0; --turns) {
        co_await tornado::gen::moment();
    }
}

/// Waits, turn by turn but not for ever, until `condition` holds; whether it did.
template <typename F>
tornado::Future<bool> becomes_true(F condition) {
    for (int turn = 0; turn < 10'000; ++turn) {
        if (condition()) {
            co_return true;
        }
        co_await tornado::gen::moment();
    }
    co_return false;
}

template <typename T>
bool all_done(const std::vector<tornado::Future<T>>& futures) {
    return std::ranges::all_of(futures, [](const auto& future) { return future.done(); });
}

template <typename T>
void cancel_all(const std::vector<tornado::Future<T>>& futures) {
    for (const auto& future : futures) {
        future.cancel();
    }
}
