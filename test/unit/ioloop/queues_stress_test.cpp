#include <tornado/queues.hpp>

#include <boost/test/unit_test.hpp>
#include <map>
#include <optional>

#include "random_schedule.hpp"

namespace {

namespace gen = tornado::gen;
namespace queues = tornado::queues;
using namespace std::chrono_literals;
using tornado::Future;

constexpr int steps = 30;

/// Moves only, as what must not be taken twice had better do.
struct Item {
    explicit Item(int n) : number{std::make_unique<int>(n)} {}
    std::unique_ptr<int> number;
    bool operator<(const Item& other) const { return *number < *other.number; }
};

enum class Kind { fifo, lifo, priority };

std::unique_ptr<queues::Queue<Item>> make_queue(Kind kind, std::ptrdiff_t maxsize) {
    switch (kind) {
        case Kind::lifo:
            return std::make_unique<queues::LifoQueue<Item>>(maxsize);
        case Kind::priority:
            return std::make_unique<queues::PriorityQueue<Item>>(maxsize);
        default:
            return std::make_unique<queues::Queue<Item>>(maxsize);
    }
}

/// Random producers and consumers of one queue.
class QueueSchedule {
public:
    explicit QueueSchedule(unsigned seed)
        : claim_{seed},
          choose_{seed},
          in_order_{!is_shuffled(seed)},
          kind_{static_cast<Kind>(choose_.below(3))},
          drops_{choose_.one_in(2)},
          queue_{make_queue(kind_, static_cast<std::ptrdiff_t>(choose_.below(4)))} {}

    Future<void> run() {
        for (int i = 0; i < steps; ++i) {
            step();
            check();
            co_await pass(choose_.below(2));
            check();
        }
        co_await wind_up();
        drain();
        for (const auto& [number, fate] : fates_) {
            claim_.that(fate.taken < 2, "no item is taken twice");
            claim_.that(!fate.put || fate.taken == 1, "every item that was put is taken");
            claim_.that(!fate.refused || fate.taken == 0, "no item is taken that was not put");
        }
        claim_.that(queue_->join().done(), "every item that was taken is done");
    }

private:
    struct Fate {
        bool put = false;
        bool refused = false;
        int taken = 0;
    };

    void step() {
        switch (choose_.below(drops_ ? 11 : 8)) {
            case 0:
            case 1:
                producers_.push_back(producer());
                break;
            case 2:
                put_and_forget();
                break;
            case 3:
                put_now();
                break;
            case 4:
            case 5:
                consumers_.push_back(consumer(choose_.below(4)));
                break;
            case 6:
                if (auto* future = choose_.any_of(choose_.one_in(2) ? producers_ : consumers_)) {
                    future->cancel();
                }
                break;
            case 7:
                if (!queue_->empty()) {
                    take(queue_->get_nowait());
                }
                break;
            case 8:
                kept_.push_back(get());
                kept_.back().ignore();
                break;
            case 9:
                choose_.take_from(kept_);
                break;
            default:
                if (const auto* future = choose_.any_of(kept_)) {
                    future->cancel();
                } else {
                    consumers_.push_back(hasty_consumer());
                }
        }
    }

    void check() const {
        claim_.that(
            queue_->getters() == 0 || (queue_->empty() && queue_->putters() == 0),
            "nobody waits for an item while there is one"
        );
        claim_.that(queue_->putters() == 0 || queue_->full(), "nobody waits while there is room");
    }

    Future<void> wind_up() {
        cancel_all(consumers_);
        if (choose_.one_in(2)) {
            cancel_all(producers_);
        }
        kept_.clear();
        claim_.that(co_await becomes_true([this] { return all_done(consumers_); }), "they end");
        const auto producers_ended = [this] {
            if (!all_done(producers_) && !queue_->empty()) {
                take(queue_->get_nowait());
            }
            return all_done(producers_);
        };
        claim_.that(co_await becomes_true(producers_ended), "producers end when there is room");
        // Also what with_timeout() has given up on, but still asks for.
        while (queue_->getters() > 0) {
            fates_[put_number_].put = true;
            queue_->put(Item{put_number_++});
            co_await gen::moment();
            claim_.that(--patience_ > 0, "everybody is served");
        }
        co_await pass(2);  // what they had no use for comes back
    }

    void drain() {
        std::optional<int> former;
        while (!queue_->empty()) {
            const bool alone = queue_->putters() == 0;
            const int number = take(queue_->get_nowait());
            if (alone && former) {
                const bool rises = *former < number;
                claim_.that(rises == (kind_ != Kind::lifo), "items leave in their order");
            }
            former = alone ? std::optional{number} : std::nullopt;
        }
        claim_.that(queue_->putters() == 0, "nobody waits for room in the end");
    }

    int take(Item item) {
        const queues::TaskGuard task{*queue_};
        const int number = *item.number;
        ++fates_[number].taken;
        return number;
    }

    Future<Item> get() {
        const auto timeout = choose_.timeout();
        return timeout ? queue_->get(*timeout) : queue_->get();
    }
    Future<Item> get_within(std::size_t depth, bool& waited) {
        if (depth > 0) {
            co_return co_await get_within(depth - 1, waited);
        }
        auto future = get();
        waited = !future.done();
        co_return co_await std::move(future);
    }
    Future<void> consumer(std::size_t depth) {
        try {
            bool waited = false;
            const int number = take(co_await get_within(depth, waited));
            if (waited && in_order_ && kind_ == Kind::fifo && !drops_) {
                claim_.that(number > last_served_, "who waits is served in order");
                last_served_ = number;
            }
            co_await gen::moment();
        } catch (const queues::TimeoutError&) {
        }
    }
    /// The get() that it gives up on goes on.
    Future<void> hasty_consumer() {
        try {
            take(co_await gen::with_timeout(0ms, queue_->get()));
        } catch (const queues::TimeoutError&) {
        }
    }

    Future<void> producer() {
        const int number = put_number_++;
        auto& fate = fates_[number];
        fate.refused = true;
        try {
            const auto timeout = choose_.timeout();
            if (timeout) {
                co_await queue_->put(Item(number), *timeout);
            } else {
                co_await queue_->put(Item(number));
            }
            fate = {true, false, fate.taken};
            co_await gen::moment();
        } catch (const queues::TimeoutError&) {
        }
    }
    void put_and_forget() {
        fates_[put_number_].put = true;
        queue_->put(Item{put_number_++});
    }
    void put_now() {
        Item item{put_number_++};
        const int number = *item.number;
        try {
            queue_->put_nowait(std::move(item));
            fates_[number].put = true;
        } catch (const queues::QueueFull&) {
            claim_.that(item.number != nullptr, "a refused item stays with its owner");
            fates_[number].refused = true;
        }
    }

    Claims claim_;
    Choices choose_;
    bool in_order_;
    Kind kind_;
    bool drops_;  // items that were given out and come back
    std::unique_ptr<queues::Queue<Item>> queue_;
    std::map<int, Fate> fates_;
    int put_number_ = 0;
    int patience_ = 1000;
    int last_served_ = -1;
    std::vector<Future<void>> producers_;
    std::vector<Future<void>> consumers_;
    std::vector<Future<Item>> kept_;
};

BOOST_AUTO_TEST_SUITE(queues_stress)

BOOST_AUTO_TEST_CASE(no_random_schedule_loses_an_item_or_gives_it_out_twice) {
    run_schedules<QueueSchedule>();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
