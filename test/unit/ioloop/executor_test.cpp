#include <tornado/ioloop/executor.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/ioloop.hpp"
#include "tornado/ioloop/loop_count.hpp"

namespace {

namespace gen = tornado::gen;
using tornado::CancelledError;
using tornado::Future;
using tornado::ioloop::dummy_executor;
using tornado::ioloop::Executor;
using tornado::ioloop::IOLoop;
using tornado::ioloop::pool_thread_count;
using tornado::ioloop::ThreadPoolExecutor;

/// Keeps what it is given until somebody asks, or drops it.
class ManualExecutor final : public Executor {
public:
    void submit(Work work) override { waiting.push_back(std::move(work)); }
    std::vector<Work> waiting;
};

/// Counts what it is given.
class CountingExecutor final : public Executor {
public:
    void submit(Work work) override {
        ++count;
        pool_.submit(std::move(work));
    }
    int count = 0;

private:
    ThreadPoolExecutor pool_{1};
};

/// Keeps all threads of a loop's pool busy until it is opened or destroyed.
class Gate {
public:
    explicit Gate(IOLoop& loop) {
        for (unsigned i = 0; i < 40; ++i) {  // more than there ever are
            waiting_.push_back(loop.run_in_executor([opened = opened_] { opened.wait(); }));
        }
    }
    ~Gate() { open(); }
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    void open() {
        if (!std::exchange(is_open_, true)) {
            promise_.set_value();
        }
    }

private:
    std::promise<void> promise_;
    std::shared_future<void> opened_ = promise_.get_future().share();
    std::vector<Future<void>> waiting_;
    bool is_open_ = false;
};

BOOST_AUTO_TEST_SUITE(executor)

BOOST_AUTO_TEST_CASE(runs_a_function_on_another_thread_and_brings_its_result_back) {
    IOLoop loop;
    std::thread::id resumed_on;
    const auto ran_on = loop.run_sync([&]() -> Future<std::thread::id> {
        const auto id = co_await loop.run_in_executor([] { return std::this_thread::get_id(); });
        resumed_on = std::this_thread::get_id();
        co_return id;
    });
    BOOST_TEST((ran_on != std::this_thread::get_id()));
    BOOST_TEST((resumed_on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(exceptions_come_out_of_the_future) {
    IOLoop loop;
    const auto fail = [&] {
        return loop.run_in_executor([]() -> int { throw std::out_of_range{"over there"}; });
    };
    BOOST_CHECK_THROW(loop.run_sync(fail), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(arguments_are_taken_by_value_and_may_be_movable_only) {
    IOLoop loop;
    Future<std::size_t> length = Future<std::size_t>::ready(0U);
    {
        const std::string local(100, 'x');
        length = loop.run_in_executor([](const std::string& text) { return text.size(); }, local);
    }
    BOOST_TEST(loop.run_sync([&] { return length; }) == 100U);

    const auto doubled = loop.run_sync([&] {
        return loop.run_in_executor(
            [](std::unique_ptr<int> number, int factor) {
                *number *= factor;
                return number;
            },
            std::make_unique<int>(4),
            2
        );
    });
    BOOST_TEST(*doubled == 8);
}

BOOST_AUTO_TEST_CASE(many_calls_all_come_back) {
    IOLoop loop;
    const auto results = loop.run_sync([&] {
        std::vector<Future<int>> calls;
        for (int i = 0; i < 500; ++i) {
            calls.push_back(loop.run_in_executor([](int number) { return number * 2; }, i));
        }
        return gen::multi(std::move(calls));
    });
    BOOST_TEST(results.size() == 500U);
    BOOST_TEST(results.back() == 998);
}

BOOST_AUTO_TEST_CASE(a_call_that_has_not_begun_is_skipped_when_it_is_cancelled) {
    std::atomic<bool> ran = false;
    IOLoop loop;
    Gate gate{loop};
    const auto future = loop.run_in_executor([&] { ran = true; });
    BOOST_TEST(future.cancel());
    gate.open();
    loop.run_sync([&]() -> Future<void> {
        // One that was queued later is done: with one queue the cancelled one's turn is over.
        co_await loop.run_in_executor([] {});
    });
    BOOST_CHECK_THROW(future.result(), CancelledError);
    loop.close();
    BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(cancelling_a_call_that_runs_gives_its_result_up) {
    IOLoop loop;
    std::promise<void> begun;
    std::promise<void> end;
    loop.run_sync([&]() -> Future<void> {
        const auto future = loop.run_in_executor([&] {
            begun.set_value();
            end.get_future().wait();
            return 1;
        });
        begun.get_future().wait();
        BOOST_TEST(future.cancel());
        end.set_value();
        co_await loop.run_in_executor([] {});
        BOOST_TEST(future.cancelled());
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_loop_waits_for_calls_that_run_and_drops_the_others) {
    std::atomic<int> ended = 0;
    std::atomic<bool> began_late = false;
    std::promise<void> begun;
    std::promise<void> closing;
    Future<int> result = Future<int>::ready(0);
    {
        IOLoop loop;
        result = loop.run_in_executor([&] {
            begun.set_value();
            closing.get_future().wait();
            ++ended;
            return 1;
        });
        begun.get_future().wait();
        // What has come from another thread is dropped as soon as nothing more can come.
        const auto dropped = [&](void*) { closing.set_value(); };
        std::thread{[&] {
            loop.add_callback([held = std::shared_ptr<void>{nullptr, dropped}] {});
        }}.join();
    }
    BOOST_TEST(ended == 1);
    BOOST_TEST(result.done());  // broken, unless it came to the loop while that was closing
    result.ignore();
    {
        const auto token = std::make_shared<int>(0);
        {
            IOLoop loop;
            auto gate = std::make_unique<Gate>(loop);
            static_cast<void>(loop.run_in_executor([&, token] { began_late = token != nullptr; }));
            loop.add_callback([] {});
            gate.reset();
        }
        BOOST_TEST(token.use_count() == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_waits_for_a_call_is_cancelled_when_the_loop_closes) {
    std::promise<void> end;
    bool cancelled = false;
    {
        std::optional<IOLoop> loop;  // goes before the closure of its coroutine
        auto coroutine = [&]() -> Future<void> {
            try {
                co_await loop->run_in_executor([&] { end.get_future().wait(); });
            } catch (const CancelledError&) {
                cancelled = true;
                end.set_value();  // the loop's end waits for the call
            }
        };
        loop.emplace();
        coroutine();
        loop.reset();
    }
    BOOST_TEST(cancelled);
}

BOOST_AUTO_TEST_CASE(any_executor_may_be_named) {
    IOLoop loop;
    ThreadPoolExecutor pool{2};
    const auto sum = loop.run_sync([&] {
        return loop.run_in_executor(
            pool, [](int a, int b) { return a + b; }, 40, 2
        );
    });
    BOOST_TEST(sum == 42);
    BOOST_CHECK_THROW(
        loop.run_sync([&] {
            return loop.run_in_executor(pool, []() -> int { throw std::out_of_range{"x"}; });
        }),
        std::out_of_range
    );
}

BOOST_AUTO_TEST_CASE(a_pool_has_no_more_threads_than_it_may) {
    IOLoop loop;
    ThreadPoolExecutor pool{2};
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    loop.run_sync([&] {
        std::vector<Future<void>> calls;
        for (int i = 0; i < 50; ++i) {
            calls.push_back(loop.run_in_executor(pool, [&] {
                const int now = ++inside;
                for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
                }
                std::this_thread::yield();
                --inside;
            }));
        }
        return gen::multi(std::move(calls));
    });
    BOOST_TEST(most <= 2);
    BOOST_CHECK_THROW(ThreadPoolExecutor{0}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(the_default_executor_has_four_threads_more_than_cores_and_at_most_32) {
    const auto before = pool_thread_count();
    IOLoop loop;
    Gate gate{loop};
    const auto bound = std::min(32U, std::thread::hardware_concurrency() + 4U);
    BOOST_TEST(pool_thread_count() - before == static_cast<int>(bound));
}

BOOST_AUTO_TEST_CASE(calls_wait_for_each_other_only_when_the_threads_are_too_few) {
    IOLoop loop;
    ThreadPoolExecutor pool{2};
    std::promise<void> first;
    std::promise<void> second;
    const auto meet = [](std::promise<void>& mine, std::promise<void>& other) {
        mine.set_value();
        other.get_future().wait();
    };
    loop.run_sync([&] {
        return gen::multi(
            loop.run_in_executor(pool, meet, std::ref(first), std::ref(second)),
            loop.run_in_executor(pool, meet, std::ref(second), std::ref(first))
        );
    });
}

BOOST_AUTO_TEST_CASE(the_dummy_executor_is_done_at_once) {
    IOLoop loop;
    const auto here =
        loop.run_in_executor(dummy_executor(), [] { return std::this_thread::get_id(); });
    BOOST_TEST((here.result() == std::this_thread::get_id()));
    const auto failed =
        loop.run_in_executor(dummy_executor(), []() -> int { throw std::out_of_range{"x"}; });
    BOOST_CHECK_THROW(failed.result(), std::out_of_range);
    loop.run_sync([&]() -> Future<void> {
        BOOST_TEST(loop.run_in_executor(dummy_executor(), [] { return 1; }).result() == 1);
        co_return;
    });
}

BOOST_AUTO_TEST_CASE(the_default_executor_can_be_replaced) {
    IOLoop loop;
    const auto executor = std::make_shared<CountingExecutor>();
    loop.set_default_executor(executor);
    const auto call = [&] { return loop.run_in_executor([] { return 1; }); };
    BOOST_TEST(loop.run_sync(call) == 1);
    BOOST_TEST(executor->count == 1);
    loop.set_default_executor(nullptr);
    BOOST_TEST(loop.run_sync(call) == 1);
    BOOST_TEST(executor->count == 1);
    BOOST_TEST(executor.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(what_an_executor_drops_is_cancelled) {
    IOLoop loop;
    ManualExecutor manual;
    const auto dropped = loop.run_in_executor(manual, [] { return 1; });
    const auto run = loop.run_in_executor(manual, [] { return 2; });
    manual.waiting.at(1)();
    BOOST_TEST(run.result() == 2);  // on the loop's own thread: at once
    manual.waiting.clear();
    BOOST_TEST(dropped.cancelled());
    BOOST_TEST(run.result() == 2);
}

BOOST_AUTO_TEST_CASE(a_pool_that_goes_finishes_what_has_begun_and_cancels_the_rest) {
    IOLoop loop;
    std::promise<void> begun;
    std::promise<void> end;
    auto pool = std::make_unique<ThreadPoolExecutor>(1);
    const auto first = loop.run_in_executor(*pool, [&] {
        begun.set_value();
        end.get_future().wait();
        return 1;
    });
    const auto second = loop.run_in_executor(*pool, [] { return 2; });
    begun.get_future().wait();
    std::thread closing{[&] { pool->shutdown(true); }};
    const auto takes_work = [&] {
        try {
            pool->submit([] {});
            return true;
        } catch (const std::logic_error&) {
            return false;
        }
    };
    while (takes_work()) {
        std::this_thread::yield();
    }
    end.set_value();
    closing.join();
    BOOST_CHECK_THROW(loop.run_in_executor(*pool, [] {}), std::logic_error);
    pool.reset();
    loop.run_sync([&]() -> Future<void> {
        BOOST_TEST(co_await first == 1);
        BOOST_CHECK_THROW(co_await second, CancelledError);
    });
}

BOOST_AUTO_TEST_CASE(an_orderly_shutdown_runs_all_there_is) {
    IOLoop loop;
    ThreadPoolExecutor pool{1};
    std::atomic<int> ran = 0;
    for (int i = 0; i < 20; ++i) {
        loop.run_in_executor(pool, [&] { ++ran; }).ignore();
    }
    pool.shutdown();
    BOOST_TEST(ran == 20);
    pool.shutdown();  // again: nothing
}

BOOST_AUTO_TEST_CASE(a_pool_may_serve_several_loops_and_outlive_them) {
    ThreadPoolExecutor pool{1};
    std::promise<void> begun;
    std::promise<void> end;
    std::atomic<bool> ran_late = false;
    {
        IOLoop loop;
        loop.run_in_executor(
                pool,
                [&] {
                    begun.set_value();
                    end.get_future().wait();
                }
        ).ignore();
        loop.run_in_executor(pool, [&] { ran_late = true; }).ignore();
        begun.get_future().wait();
    }
    end.set_value();
    IOLoop next;
    BOOST_TEST(next.run_sync([&] { return next.run_in_executor(pool, [] { return 5; }); }) == 5);
    BOOST_TEST(!ran_late);  // its loop was gone before it began
}

BOOST_AUTO_TEST_CASE(a_pool_that_only_its_own_work_holds_goes_with_it_when_the_loop_has_gone) {
    const auto threads = pool_thread_count();
    std::promise<void> begun;
    std::promise<void> end;
    {
        IOLoop loop;
        auto pool = std::make_shared<ThreadPoolExecutor>(1);
        auto& executor = *pool;
        loop.run_in_executor(
                executor,
                [&, pool = std::move(pool)] {
                    begun.set_value();
                    end.get_future().wait();
                }
        ).ignore();
        begun.get_future().wait();
    }
    BOOST_TEST(pool_thread_count() == threads + 1);
    end.set_value();
    while (pool_thread_count() != threads) {
        std::this_thread::yield();
    }
}

BOOST_AUTO_TEST_CASE(what_work_throws_is_logged_and_its_thread_goes_on) {
    LogCapture log;
    std::promise<void> next;
    ThreadPoolExecutor pool{1};
    pool.submit([] { throw std::runtime_error{"out of work"}; });
    pool.submit([&] { next.set_value(); });
    next.get_future().wait();
    BOOST_TEST(
        log.count("Exception in the work of an executor: std::runtime_error: out of work") == 1
    );
}

BOOST_AUTO_TEST_CASE(each_of_several_who_shut_it_down_waits_for_its_work) {
    ThreadPoolExecutor pool{1};
    std::promise<void> go;
    std::atomic<bool> done = false;
    std::atomic<int> early = 0;
    pool.submit([&] {
        go.get_future().wait();
        done = true;
    });
    std::atomic<int> begun = 0;
    const auto shut_down = [&] {
        ++begun;
        pool.shutdown();
        early += done ? 0 : 1;
    };
    std::thread first{shut_down};
    std::thread second{shut_down};
    while (begun < 2) {
        std::this_thread::yield();
    }
    go.set_value();
    first.join();
    second.join();
    BOOST_TEST(early == 0);
}

#ifndef __SANITIZE_THREAD__
/// Runs `function` in a process that gets no more threads; its exit status.
template <typename F>
int without_threads(F function) {
    const auto pid = ::fork();
    if (pid == 0) {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_NPROC, &none);
        constexpr uid_t nobody = 65534;
        static_cast<void>(::setgid(nobody));
        static_cast<void>(::setuid(nobody));  // the limit is not for root
        ::_exit(function());
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

BOOST_AUTO_TEST_CASE(work_that_no_thread_can_be_had_for_is_refused_and_let_go) {
    const int status = without_threads([] {
        ThreadPoolExecutor pool{2};
        auto held = std::make_shared<int>(1);
        const std::weak_ptr<int> watched = held;
        try {
            pool.submit([held = std::move(held)] {});
            return 1;
        } catch (const std::system_error&) {
            return watched.expired() ? 7 : 2;
        }
    });
    BOOST_TEST(status == 7);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
