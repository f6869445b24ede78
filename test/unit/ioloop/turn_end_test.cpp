#include <tornado/ioloop/ioloop.hpp>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <tornado/gen.hpp>
#include <utility>

#include "support.hpp"

namespace {

using tornado::Future;
using tornado::concurrent::Scheduler;
using tornado::ioloop::Events;
using tornado::ioloop::IOLoop;

/// A task that notes its name, and may do more.
class Noting : public tornado::concurrent::Task {
public:
    Noting(
        Order& order,
        std::string name,
        std::function<void()> then = [] {}
    )
        : order_{order},
          name_{std::move(name)},
          then_{std::move(then)} {
        run = [](Task& task) {
            const auto& self = static_cast<Noting&>(task);
            self.order_.push_back(self.name_);
            self.then_();
        };
        discard = [](Task& task) noexcept {
            const auto& self = static_cast<Noting&>(task);
            self.order_.push_back(self.name_ + " discarded");
        };
    }

private:
    Order& order_;
    std::string name_;
    std::function<void()> then_;
};

struct Fixture {
    IOLoop loop;
    Order order;
    Noting last{order, "last"};

    void note(const char* what) { order.emplace_back(what); }
};

BOOST_FIXTURE_TEST_SUITE(turn_end, Fixture)

BOOST_AUTO_TEST_CASE(comes_after_what_is_ready) {
    loop.add_callback([this] { Scheduler::current().schedule_last(last); });
    loop.add_callback([this] { note("ready"); });
    loop.add_callback([this] { loop.add_callback([this] { loop.stop(); }); });
    loop.start();
    BOOST_TEST(order == (Order{"ready", "last"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(comes_before_the_loop_looks_for_events) {
    const Pipe pipe;
    loop.add_handler(
        pipe.reader(),
        [&](int, Events) {
            note("event");
            loop.stop();
        },
        Events::read
    );
    loop.add_callback([&] {
        pipe.put();
        Scheduler::current().schedule_last(last);
    });
    loop.start();
    BOOST_TEST(order == (Order{"last", "event"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_a_timer_comes_before_the_loop_looks_for_events_too) {
    std::array<Pipe, 4> pipes;  // so many keep the loop from waiting between its looks
    int events = 0;
    bool was_last = false;
    for (const auto& pipe : pipes) {
        pipe.put();
        loop.add_handler(
            pipe.reader(),
            [&](int, Events) {
                ++events;
                if (was_last) {
                    loop.stop();
                }
            },
            Events::read
        );
    }
    int at_timer = 0;
    Noting task{order, "last", [&] {
                    was_last = true;
                    BOOST_TEST(events == at_timer);
                }};
    loop.call_later(std::chrono::milliseconds{5}, [&] {
        at_timer = events;
        Scheduler::current().schedule_last(task);
    });
    loop.start();
    BOOST_TEST(was_last);
}

BOOST_AUTO_TEST_CASE(comes_where_nothing_else_is_ready) {
    Noting stopping{order, "stopping", [this] { loop.stop(); }};
    Scheduler::current().schedule_last(stopping);
    loop.start();
    BOOST_TEST(order == Order{"stopping"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(that_adds_to_itself_lets_others_come_in_between) {
    Noting again{order, "again", [this] { loop.stop(); }};
    Noting first{order, "first", [&] {
                     loop.add_callback([this] { note("ready"); });
                     Scheduler::current().schedule_last(again);
                 }};
    Scheduler::current().schedule_last(first);
    loop.start();
    BOOST_TEST(order == (Order{"first", "ready", "again"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(that_does_not_come_is_discarded_with_the_loop) {
    Scheduler::current().schedule_last(last);
    loop.close();
    BOOST_TEST(order == Order{"last discarded"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(before_there_is_a_loop_waits_for_it) {
    std::thread{[] {
        Order seen;
        Noting early{seen, "early"};
        Scheduler::current().schedule_last(early);
        IOLoop later;
        later.run_sync([]() -> Future<void> { co_await tornado::gen::moment(); });
        BOOST_TEST(seen == Order{"early"}, boost::test_tools::per_element());
    }}.join();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
