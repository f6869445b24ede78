#include <tornado/locks.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "random_schedule.hpp"
#include "tornado/util/scope_exit.hpp"

namespace {

namespace gen = tornado::gen;
namespace locks = tornado::locks;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::util::ScopeExit;

constexpr int steps = 30;

/// What a schedule needs of a lock or semaphore: how many permits it begins with, how many are
/// free, and whether it takes more back than that.
template <typename T>
struct Kind;
template <>
struct Kind<locks::Semaphore> {
    static std::ptrdiff_t permits(Choices& choose) {
        return static_cast<std::ptrdiff_t>(choose.below(4));
    }
    static std::ptrdiff_t free(const locks::Semaphore& semaphore) { return semaphore.value(); }
    static constexpr bool is_bounded = false;
    std::ptrdiff_t value;
    locks::Semaphore semaphore{value};
};
template <>
struct Kind<locks::BoundedSemaphore> {
    static std::ptrdiff_t permits(Choices& choose) {
        return static_cast<std::ptrdiff_t>(choose.below(3)) + 1;
    }
    static std::ptrdiff_t free(const locks::BoundedSemaphore& semaphore) {
        return semaphore.value();
    }
    static constexpr bool is_bounded = true;
    std::ptrdiff_t value;
    locks::BoundedSemaphore semaphore{value};
};
template <>
struct Kind<locks::Lock> {
    static std::ptrdiff_t permits(Choices& /*choose*/) { return 1; }
    static std::ptrdiff_t free(const locks::Lock& lock) { return lock.locked() ? 0 : 1; }
    static constexpr bool is_bounded = true;
    std::ptrdiff_t value;
    locks::Lock semaphore{};
};

/// Random users of one semaphore: coroutines, and futures that are kept, dropped and cancelled.
template <typename T>
class SemaphoreSchedule {
public:
    explicit SemaphoreSchedule(unsigned seed)
        : claim_{seed},
          choose_{seed},
          in_order_{!is_shuffled(seed)},
          permits_{Kind<T>::permits(choose_)},
          kind_{permits_} {}

    Future<void> run() {
        for (int i = 0; i < steps; ++i) {
            step();
            check();
            co_await pass(choose_.below(2));
            check();
        }
        co_await wind_up();
        claim_.that(held_ == 0, "nobody holds a permit in the end");
        claim_.that(semaphore_.waiters() == 0, "nobody waits in the end");
    }

private:
    void step() {
        switch (choose_.below(10)) {
            case 0:
            case 1:
            case 2:
                workers_.push_back(worker(choose_.below(4), choose_.below(4)));
                break;
            case 3:
                kept_.push_back(acquire());
                kept_.back().ignore();
                break;
            case 4:
                kept_.push_back(gen::with_timeout(choose_.one_in(2) ? 0ms : 1h, acquire()));
                kept_.back().ignore();
                break;
            case 5:
                choose_.take_from(kept_);
                break;
            case 6:
                if (const auto* future = choose_.any_of(kept_)) {
                    future->cancel();
                }
                break;
            case 7:
                if (const auto* future = choose_.any_of(workers_)) {
                    future->cancel();
                }
                break;
            case 8:
                if (auto future = choose_.take_from(kept_)) {
                    takers_.push_back(take(std::move(*future)));
                }
                break;
            default:
                choose_.take_from(guards_);
        }
    }

    void check() const {
        const auto free = Kind<T>::free(semaphore_);
        claim_.that(free >= 0, "no more permits are given than there are");
        claim_.that(free + held_ <= permits_, "no permit is held and free at the same time");
        claim_.that(free == 0 || semaphore_.waiters() == 0, "nobody waits while a permit is free");
    }

    Future<void> wind_up() {
        if (choose_.one_in(2)) {
            cancel_all(workers_);
        }
        kept_.clear();
        cancel_all(takers_);
        claim_.that(co_await becomes_true([this] { return all_done(takers_); }), "takers end");
        guards_.clear();
        if constexpr (!Kind<T>::is_bounded) {
            semaphore_.release();  // there may have been none
            ++permits_;
        }
        claim_.that(co_await becomes_true([this] { return all_done(workers_); }), "workers end");
        // Also what with_timeout() has given up on, but still asks for.
        const auto all_back = [this] { return Kind<T>::free(semaphore_) == permits_; };
        claim_.that(co_await becomes_true(all_back), "all permits are back in the end");
        if constexpr (Kind<T>::is_bounded) {
            claim_.that(refuses_a_release(), "it takes no more permits back than it has given");
        }
    }

    bool refuses_a_release() {
        try {
            semaphore_.release();
        } catch (const std::logic_error&) {
            return true;
        }
        return false;
    }

    Future<locks::Guard> acquire() {
        const auto timeout = choose_.timeout();
        return timeout ? semaphore_.acquire(*timeout) : semaphore_.acquire();
    }

    /// Acquires in a coroutine that is `depth` coroutines deep.
    Future<locks::Guard> acquire_within(std::size_t depth, bool& waited) {
        if (depth > 0) {
            co_return co_await acquire_within(depth - 1, waited);
        }
        auto future = acquire();
        waited = !future.done();
        co_return co_await std::move(future);
    }

    Future<void> worker(std::size_t depth, std::size_t kind) {
        try {
            const int ticket = ++tickets_;
            bool waited = false;
            auto guard = co_await acquire_within(depth, waited);
            if (waited && in_order_) {
                claim_.that(ticket > last_served_, "who waits is served in order");
                last_served_ = ticket;
            }
            ++held_;
            const ScopeExit end{[this] { --held_; }};
            if (kind == 0) {
                guard.detach();
                const ScopeExit release{[this] { semaphore_.release(); }};
                co_await gen::moment();
            } else {
                co_await pass(kind);
                guard.release();
            }
        } catch (const locks::TimeoutError&) {
        }
    }

    Future<void> take(Future<locks::Guard> future) {
        try {
            guards_.push_back(co_await std::move(future));
        } catch (const locks::TimeoutError&) {
        }
    }

    Claims claim_;
    Choices choose_;
    bool in_order_;
    std::ptrdiff_t permits_;
    Kind<T> kind_;
    T& semaphore_ = kind_.semaphore;
    std::ptrdiff_t held_ = 0;  // by workers
    int tickets_ = 0;
    int last_served_ = 0;
    std::vector<Future<void>> workers_;
    std::vector<Future<void>> takers_;
    std::vector<Future<locks::Guard>> kept_;
    std::vector<locks::Guard> guards_;
};

/// Random consumers that wait on a condition until something is there.
class ConditionSchedule {
public:
    explicit ConditionSchedule(unsigned seed) : claim_{seed}, choose_{seed} {}

    Future<void> run() {
        for (int i = 0; i < steps; ++i) {
            step();
            co_await pass(choose_.below(2));
        }
        kept_.clear();
        // Who waits for what is there has missed a notification.
        const auto settled = [this] { return there_ == 0 || all_done(consumers_); };
        claim_.that(co_await becomes_true(settled), "no notification is lost");
        cancel_all(consumers_);
        claim_.that(co_await becomes_true([this] { return all_done(consumers_); }), "all end");
        claim_.that(made_ == taken_ + there_, "nothing is taken twice");
        claim_.that(condition_.waiters() == 0, "nobody waits in the end");
    }

private:
    void step() {
        switch (choose_.below(7)) {
            case 0:
            case 1:
                consumers_.push_back(consumer(choose_.below(3)));
                break;
            case 2:
                for (auto count = choose_.below(3) + 1; count > 0; --count) {
                    ++made_;
                    ++there_;
                    condition_.notify();
                }
                break;
            case 3:
                kept_.push_back(wait());
                break;
            case 4:
                choose_.take_from(kept_);
                break;
            case 5:
                notify_all();
                break;
            default:
                if (const auto* future = choose_.any_of(choose_.one_in(4) ? kept_ : consumers_)) {
                    future->cancel();
                }
        }
    }

    /// As many as wait, none of whom may be forgotten.
    void notify_all() {
        for (auto count = condition_.waiters(); count > 0; --count) {
            ++made_;
            ++there_;
        }
        condition_.notify_all();
        claim_.that(condition_.waiters() == 0, "who waited when all were notified waits no longer");
    }

    Future<bool> wait() {
        const auto timeout = choose_.timeout();
        return timeout ? condition_.wait(*timeout) : condition_.wait();
    }
    Future<bool> wait_within(std::size_t depth) {
        if (depth > 0) {
            co_return co_await wait_within(depth - 1);
        }
        co_return co_await wait();
    }

    Future<bool> consumer(std::size_t depth) {
        while (there_ == 0) {
            const bool notified = co_await wait_within(depth);
            if (!notified) {
                co_return false;
            }
        }
        --there_;
        ++taken_;
        co_return true;
    }

    Claims claim_;
    Choices choose_;
    locks::Condition condition_;
    int made_ = 0;
    int there_ = 0;
    int taken_ = 0;
    std::vector<Future<bool>> consumers_;
    std::vector<Future<bool>> kept_;
};

BOOST_AUTO_TEST_SUITE(locks_stress)

BOOST_AUTO_TEST_CASE(no_random_schedule_loses_a_permit_or_breaks_the_order) {
    run_schedules<SemaphoreSchedule<locks::Semaphore>>();
}

BOOST_AUTO_TEST_CASE(nor_one_of_a_bounded_semaphore_which_keeps_its_bound) {
    run_schedules<SemaphoreSchedule<locks::BoundedSemaphore>>();
}

BOOST_AUTO_TEST_CASE(no_random_schedule_loses_a_lock_or_gives_it_to_two) {
    run_schedules<SemaphoreSchedule<locks::Lock>>();
}

BOOST_AUTO_TEST_CASE(no_random_schedule_loses_a_notification) {
    run_schedules<ConditionSchedule>();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
