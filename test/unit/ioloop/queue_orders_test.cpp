#include <tornado/queues.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "support.hpp"

namespace {

using tornado::Future;
using tornado::queues::Entry;
using tornado::queues::Items;
using tornado::queues::LifoQueue;
using tornado::queues::PriorityQueue;
using tornado::queues::Queue;

/// Takes out all that is in the queue, with and without waiting in turn.
template <typename T>
std::vector<T> drained(Queue<T>& queue) {
    std::vector<T> items;
    while (!queue.empty()) {
        items.push_back(queue.get_nowait());
        if (!queue.empty()) {
            items.push_back(queue.get().result());
        }
    }
    return items;
}

using Numbers = std::vector<int>;

BOOST_AUTO_TEST_SUITE(priority_queue)

BOOST_AUTO_TEST_CASE(a_comparison_that_throws_leaves_the_queue_as_it_was) {
    struct Unlucky {
        bool operator()(int a, int b) const {
            if (*armed && (a == 13 || b == 13)) {
                throw std::runtime_error{"unlucky"};
            }
            return a < b;
        }
        const bool* armed;
    };
    ManualScheduler scheduler;
    bool armed = true;
    PriorityQueue<int, Unlucky> queue{0, Unlucky{&armed}};
    for (const int item : {5, 20, 7, 30, 25}) {
        queue.put_nowait(item);
    }
    BOOST_CHECK_THROW(queue.put_nowait(13), std::runtime_error);
    BOOST_TEST(queue.qsize() == 5U);
    BOOST_TEST(queue.unfinished_tasks() == 5U);
    armed = false;
    queue.put_nowait(13);
    armed = true;
    BOOST_CHECK_THROW(queue.get_nowait(), std::runtime_error);
    BOOST_TEST(queue.qsize() == 6U);
    armed = false;
    BOOST_TEST((drained(queue) == Numbers{5, 7, 13, 20, 25, 30}));
}

BOOST_AUTO_TEST_CASE(many_items_leave_in_order) {
    ManualScheduler scheduler;
    PriorityQueue<int> queue;
    unsigned number = 1;
    Numbers items;
    for (int i = 0; i < 500; ++i) {
        number = number * 1664525 + 1013904223;
        items.push_back(static_cast<int>(number >> 24U));
        queue.put_nowait(items.back());
        if (i % 3 == 0) {  // some leave meanwhile
            const auto least = std::min_element(items.begin(), items.end());
            BOOST_TEST(queue.get_nowait() == *least);
            items.erase(least);
        }
    }
    std::sort(items.begin(), items.end());
    BOOST_TEST((drained(queue) == items));
}

BOOST_AUTO_TEST_CASE(gives_out_the_least_first) {
    ManualScheduler scheduler;
    PriorityQueue<std::pair<int, std::string>> queue{2};
    queue.put_nowait({1, "a"});
    queue.put_nowait({0, "b"});
    BOOST_TEST(queue.full());
    queue.put({3, "c"});
    queue.put({2, "d"});
    const decltype(drained(queue)) expected{{0, "b"}, {1, "a"}, {2, "d"}, {3, "c"}};
    BOOST_TEST((drained(queue) == expected));
}

struct Task {
    int priority;
    std::unique_ptr<int> id;
};
struct ByPriority {
    bool operator()(const Task& a, const Task& b) const { return a.priority > b.priority; }
};

BOOST_AUTO_TEST_CASE(equals_leave_in_the_order_they_came_and_the_order_is_the_users) {
    PriorityQueue<Task, ByPriority> queue;
    for (int i = 0; i < 100; ++i) {
        queue.put_nowait(Task{i % 3, std::make_unique<int>(i)});
    }
    Numbers ids;
    while (!queue.empty()) {
        ids.push_back(*queue.get_nowait().id);
    }
    const auto before = [](int a, int b) {
        return a % 3 != b % 3 ? a % 3 > b % 3 : a < b;  // the greatest first
    };
    BOOST_TEST(std::is_sorted(ids.begin(), ids.end(), before));
}

BOOST_AUTO_TEST_CASE(what_comes_back_keeps_its_place) {
    ManualScheduler scheduler;
    PriorityQueue<int> queue;
    for (const int item : {5, 1, 3}) {
        queue.put(item);
    }
    { const auto unseen = queue.get(); }
    BOOST_TEST((drained(queue) == Numbers{1, 3, 5}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(lifo_queue)

BOOST_AUTO_TEST_CASE(gives_out_the_youngest_first) {
    ManualScheduler scheduler;
    LifoQueue<int> queue{2};
    queue.put_nowait(1);
    queue.put_nowait(0);
    BOOST_TEST(queue.full());
    queue.put(3);
    queue.put(2);
    BOOST_TEST((drained(queue) == Numbers{3, 2, 0, 1}));
}

BOOST_AUTO_TEST_CASE(what_comes_back_keeps_its_place) {
    ManualScheduler scheduler;
    LifoQueue<int> queue;
    queue.put(1);
    queue.put(2);
    {
        const auto unseen = queue.get();
        queue.put(3);
    }
    BOOST_TEST((drained(queue) == Numbers{3, 2, 1}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(queue_orders)

/// Even numbers before odd ones.
class EvenFirst final : public Items<int> {
public:
    [[nodiscard]] std::size_t size() const noexcept override { return entries_.size(); }
    void put(Entry<int> entry) override { entries_.push_back(std::move(entry)); }
    Entry<int> get() override {
        auto place = std::find_if(entries_.begin(), entries_.end(), [](const auto& entry) {
            return entry.item % 2 == 0;
        });
        place = place == entries_.end() ? entries_.begin() : place;
        auto entry = std::move(*place);
        entries_.erase(place);
        return entry;
    }

private:
    std::vector<Entry<int>> entries_;
};

struct EvenFirstQueue : Queue<int> {
    EvenFirstQueue() : Queue<int>{0, std::make_unique<EvenFirst>()} {}
};

BOOST_AUTO_TEST_CASE(a_queue_may_have_an_order_of_its_own) {
    EvenFirstQueue queue;
    for (const int item : {1, 2, 3, 4}) {
        queue.put(item);
    }
    BOOST_TEST((drained(queue) == Numbers{2, 4, 1, 3}));
}

struct Awkward {
    explicit Awkward(int n) : number{n} {}
    int number;
};
struct Refuses {
    bool* refuse;
    bool operator()(const Awkward& a, const Awkward& b) const {
        if (*refuse) {
            throw std::runtime_error{"cannot compare"};
        }
        return a.number < b.number;
    }
};

BOOST_AUTO_TEST_CASE(what_keeps_a_waiting_item_out_is_its_putters_to_hear) {
    ManualScheduler scheduler;
    bool refuse = false;
    PriorityQueue<Awkward, Refuses> queue{2, Refuses{&refuse}};
    queue.put_nowait(Awkward{1});
    queue.put_nowait(Awkward{2});
    const auto waiting = queue.put(Awkward{3});
    refuse = true;
    BOOST_TEST(queue.get_nowait().number == 1);
    BOOST_CHECK_THROW(waiting.result(), std::runtime_error);
    refuse = false;
    BOOST_TEST(queue.get_nowait().number == 2);
    BOOST_TEST(queue.empty());
    BOOST_TEST(queue.unfinished_tasks() == 2U);
}

BOOST_AUTO_TEST_CASE(an_item_that_cannot_go_back_is_logged) {
    ManualScheduler scheduler;
    LogCapture log;
    bool refuse = false;
    PriorityQueue<Awkward, Refuses> queue{0, Refuses{&refuse}};
    queue.put(Awkward{1});
    queue.put(Awkward{2});
    {
        const auto unseen = queue.get();
        refuse = true;
    }
    BOOST_TEST(log.count("cannot compare") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
