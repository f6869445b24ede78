#include <tornado/ioloop/run_on_executor.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <thread>

#include "support.hpp"

namespace {

using tornado::Future;
using tornado::ioloop::Executor;
using tornado::ioloop::IOLoop;
using tornado::ioloop::run_on_executor;
using tornado::ioloop::ThreadPoolExecutor;

class Counter {
public:
    ThreadPoolExecutor executor{1};

    Future<int> add(int number) { return run_on_executor<&Counter::add_now>(*this, number); }
    [[nodiscard]] Future<bool> is_elsewhere() {
        return run_on_executor<&Counter::runs_on>(*this, std::this_thread::get_id());
    }

private:
    int add_now(int number) { return sum_ += number; }
    [[nodiscard]] bool runs_on(std::thread::id caller) const {
        return std::this_thread::get_id() != caller;
    }
    int sum_ = 0;
};

struct Borrower {
    Executor* executor;
    std::string greet(const std::string& name) { return "hello " + name; }
};

struct Sharer {
    std::shared_ptr<Executor> executor = std::make_shared<ThreadPoolExecutor>(1);
    int fail() { throw std::out_of_range{"over there"}; }
};

BOOST_AUTO_TEST_SUITE(run_on_executor_suite)

BOOST_AUTO_TEST_CASE(a_method_runs_on_its_objects_executor) {
    IOLoop loop;
    Counter counter;
    const auto sum = loop.run_sync([&]() -> Future<int> {
        BOOST_TEST(co_await counter.is_elsewhere());
        co_await counter.add(40);
        co_return co_await counter.add(2);
    });
    BOOST_TEST(sum == 42);
}

BOOST_AUTO_TEST_CASE(the_executor_may_be_borrowed_or_shared) {
    IOLoop loop;
    ThreadPoolExecutor pool{1};
    Borrower borrower{&pool};
    const auto greet = [&] {
        return run_on_executor<&Borrower::greet>(borrower, std::string{"you"});
    };
    BOOST_TEST(loop.run_sync(greet) == "hello you");
    Sharer sharer;
    const auto fail = [&] { return run_on_executor<&Sharer::fail>(sharer); };
    BOOST_CHECK_THROW(loop.run_sync(fail), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_function_can_be_made_one_that_runs_on_an_executor) {
    IOLoop loop;
    ThreadPoolExecutor pool{2};
    const std::string suffix = "!";
    const auto shout = run_on_executor(pool, [suffix](std::string text) { return text + suffix; });
    const auto shouted = loop.run_sync([&]() -> Future<std::string> {
        auto first = shout(std::string{"a"});
        auto second = shout("b");
        co_return co_await first + co_await second;
    });
    BOOST_TEST(shouted == "a!b!");
    const auto inline_too = run_on_executor(
        tornado::ioloop::dummy_executor(), [](std::unique_ptr<int> number) { return *number; }
    );
    BOOST_TEST(inline_too(std::make_unique<int>(3)).result() == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
