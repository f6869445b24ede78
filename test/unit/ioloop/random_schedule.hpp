#pragma once

#include <boost/test/unit_test.hpp>
#include <optional>
#include <random>
#include <vector>

#include "support.hpp"
#include "tornado/gen.hpp"

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
