#include <tornado/ioloop.hpp>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <thread>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

using namespace std::chrono_literals;
using tornado::Future;
using tornado::Promise;
using tornado::concurrent::Context;
using tornado::ioloop::IOLoop;
using tornado::ioloop::ThreadPoolExecutor;

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(a_callback_from_another_thread_wakes_the_loop) {
    IOLoop loop;
    std::thread::id ran_on;
    std::promise<void> running;
    std::thread other{[&] {
        running.get_future().wait();
        loop.add_callback([&] {
            ran_on = std::this_thread::get_id();
            loop.stop();
        });
    }};
    loop.add_callback([&] { running.set_value(); });
    loop.start();
    other.join();
    BOOST_TEST((ran_on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_stop_from_another_thread_ends_the_run) {
    IOLoop loop;
    std::promise<void> running;
    std::thread other{[&] {
        running.get_future().wait();
        loop.stop();
    }};
    loop.add_callback([&] { running.set_value(); });
    loop.start();
    other.join();
    BOOST_TEST(!loop.running());
}

BOOST_AUTO_TEST_CASE(callbacks_of_each_thread_arrive_all_and_in_order) {
    constexpr int count = 2000;
    constexpr std::size_t senders = 3;
    IOLoop loop;
    std::array<int, senders> next{};
    bool in_order = true;
    int arrived = 0;
    std::vector<std::thread> threads;
    for (std::size_t sender = 0; sender < senders; ++sender) {
        threads.emplace_back([&, sender] {
            for (int i = 0; i < count; ++i) {
                loop.add_callback([&, sender, i] {
                    in_order = in_order && next[sender]++ == i;
                    if (++arrived == count * static_cast<int>(senders)) {
                        loop.stop();
                    }
                });
            }
        });
    }
    loop.start();
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(in_order);
    BOOST_TEST(arrived == count * static_cast<int>(senders));
}

BOOST_AUTO_TEST_CASE(callbacks_may_be_added_while_another_thread_starts_the_loop) {
    for (int round = 0; round < 50; ++round) {
        IOLoop loop;
        std::thread runner{[&] { loop.start(); }};
        int ran = 0;
        for (int i = 0; i < 20; ++i) {
            loop.add_callback([&] { ++ran; });
        }
        loop.add_callback([&] { loop.stop(); });
        runner.join();
        BOOST_TEST(ran == 20);
    }
}

BOOST_AUTO_TEST_CASE(a_callback_from_another_thread_runs_without_its_context_and_leaves_none) {
    IOLoop loop;
    const std::string label = "label";
    const std::string* seen = &label;
    const std::string* after = &label;
    std::thread{[&] {
        Context::set_current_label(&label);
        loop.add_callback([&] {
            seen = Context::current_label();
            Context::set_current_label(&label);
        });
    }}.join();
    loop.call_later({}, [&] {
        after = Context::current_label();
        loop.stop();
    });
    loop.start();
    BOOST_TEST((seen == nullptr));
    BOOST_TEST((after == nullptr));
}

BOOST_AUTO_TEST_CASE(callbacks_that_come_after_the_close_are_dropped) {
    IOLoop loop;
    const auto token = std::make_shared<int>(0);
    loop.close();
    std::thread{[&] { loop.add_callback([token] {}); }}.join();
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(callbacks_may_be_added_while_the_loop_closes) {
    for (int round = 0; round < 50; ++round) {
        IOLoop loop;
        std::promise<void> begun;
        std::atomic<bool> closed = false;
        std::thread other{[&] {
            loop.add_callback([] {});
            begun.set_value();
            while (!closed) {
                loop.add_callback([] {});
            }
        }};
        begun.get_future().wait();
        loop.close();
        closed = true;
        other.join();
    }
}

BOOST_AUTO_TEST_CASE(a_callback_that_is_dropped_may_call_the_loop) {
    IOLoop loop;
    std::thread{[&] {
        loop.add_callback([held = std::shared_ptr<void>{
                               nullptr, [&](void*) { loop.add_callback([] {}); }}] {});
    }}.join();
    loop.close();
}

BOOST_AUTO_TEST_CASE(loops_in_several_threads_are_independent) {
    std::vector<std::thread> threads;
    std::atomic<int> sum = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            auto& loop = IOLoop::current();  // made here, and gone with the thread
            sum += loop.run_sync([i]() -> Future<int> {
                for (int turn = 0; turn < 100; ++turn) {
                    co_await tornado::gen::moment();
                }
                co_await tornado::gen::sleep(0ms);
                co_return i;
            });
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(sum == 0 + 1 + 2 + 3);
}

BOOST_AUTO_TEST_CASE(a_threads_own_loop_closes_when_the_thread_ends) {
    const auto token = std::make_shared<int>(0);
    std::thread{[&] {
        auto coroutine = [token]() -> Future<void> {
            try {
                co_await tornado::gen::sleep(1h);
            } catch (const tornado::CancelledError&) {
                ++*token;
            }
            co_await Future<>::ready();
        };
        auto& loop = IOLoop::current();
        loop.add_callback(coroutine);
        loop.add_callback([&] { loop.stop(); });
        loop.start();
    }}.join();
    BOOST_TEST(*token == 1);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(several_threads_may_stop_the_loop_at_once) {
    for (int round = 0; round < 50; ++round) {
        IOLoop loop;
        std::promise<void> running;
        const auto begun = running.get_future().share();
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&loop, begun] {
                begun.wait();
                loop.add_callback([] {});
                loop.stop();
            });
        }
        loop.add_callback([&] { running.set_value(); });
        loop.start();
        for (auto& thread : threads) {
            thread.join();
        }
        BOOST_TEST(!loop.running());
    }
}

BOOST_AUTO_TEST_CASE(callbacks_from_other_threads_settle_what_coroutines_wait_for) {
    constexpr int count = 200;
    IOLoop loop;
    std::vector<Promise<int>> promises(count);
    std::thread other{[&] {
        for (int i = 0; i < count; ++i) {
            loop.add_callback([&promises, i] {
                promises[static_cast<std::size_t>(i)].set_result(i);
            });
        }
    }};
    const auto sum = loop.run_sync([&]() -> Future<int> {
        int all = 0;
        for (const auto& promise : promises) {
            all += co_await promise.future();
        }
        co_return all;
    });
    other.join();
    BOOST_TEST(sum == count * (count - 1) / 2);
}

BOOST_AUTO_TEST_CASE(outcomes_of_other_threads_may_be_chained_and_shared) {
    IOLoop loop;
    ThreadPoolExecutor pool{2};
    const auto text = loop.run_sync([&]() -> Future<std::string> {
        Promise<std::string> promise;
        const auto chained = promise.future();
        const auto slow = loop.run_in_executor(pool, [] { return std::string{"from there"}; });
        tornado::concurrent::chain_future(slow, std::move(promise));
        const auto both = co_await tornado::gen::multi(slow, chained);
        co_return std::get<0>(both) + ", " + std::get<1>(both);
    });
    BOOST_TEST(text == "from there, from there");

    Promise<void> failing;
    const auto failed = failing.future();
    const auto fail = []() -> void { throw std::runtime_error{"over there"}; };
    tornado::concurrent::chain_future(loop.run_in_executor(pool, fail), std::move(failing));
    BOOST_CHECK_THROW(loop.run_sync([&] { return failed; }), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(coroutines_that_other_threads_start_may_use_executors) {
    constexpr int senders = 3;
    constexpr int count = 50;
    IOLoop loop;
    ThreadPoolExecutor pool{2};
    int sum = 0;  // the loop's
    int left = senders * count;
    std::vector<std::thread> threads;
    for (int sender = 0; sender < senders; ++sender) {
        threads.emplace_back([&] {
            for (int i = 1; i <= count; ++i) {
                loop.add_callback([&, i]() -> Future<void> {
                    sum += co_await loop.run_in_executor(
                        pool, [](int number) { return number; }, i
                    );
                    if (--left == 0) {
                        loop.stop();
                    }
                });
            }
        });
    }
    loop.start();
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(sum == senders * count * (count + 1) / 2);
}

BOOST_AUTO_TEST_CASE(loops_send_each_other_work) {
    IOLoop here;
    std::promise<IOLoop*> made;
    std::thread other{[&] {
        IOLoop there;
        there.add_callback([&] { made.set_value(&there); });
        there.start();
    }};
    auto* there = made.get_future().get();
    int answer = 0;
    there->add_callback([&, there] {
        here.add_callback([&, there] {
            answer = 42;
            there->stop();
            here.stop();
        });
    });
    here.start();
    other.join();
    BOOST_TEST(answer == 42);
}

BOOST_AUTO_TEST_CASE(a_callable_of_another_thread_goes_with_its_own_call) {
    IOLoop loop;
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = held;
    bool there = true;
    std::thread other{[&] {
        loop.add_callback([held = std::move(held)] {});
        loop.add_callback([&] {
            there = !watched.expired();
            loop.stop();
        });
    }};
    other.join();
    loop.start();
    BOOST_TEST(!there);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
