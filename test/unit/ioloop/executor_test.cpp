#include <tornado/ioloop/job.hpp>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using tornado::CancelledError;
using tornado::Future;
using tornado::ioloop::IOLoop;

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
    Future<int> result = Future<int>::ready(0);
    {
        IOLoop loop;
        result = loop.run_in_executor([&] {
            begun.set_value();
            std::this_thread::yield();
            ++ended;
            return 1;
        });
        begun.get_future().wait();
    }
    BOOST_TEST(ended == 1);
    BOOST_CHECK_THROW(result.result(), tornado::concurrent::BrokenPromise);
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
