#include <tornado/testing/async_test_case.hpp>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <tornado/gen.hpp>
#include <tornado/log.hpp>
#include <tornado/testing/expect_log.hpp>

namespace gen = tornado::gen;
namespace ioloop = tornado::ioloop;
namespace testing = tornado::testing;
using namespace std::chrono_literals;
using testing::AsyncTestCase;
using tornado::Future;
using tornado::Promise;

namespace {

/// ASYNC_TEST_TIMEOUT with another value, while it lives.
class TimeoutSetting {
public:
    explicit TimeoutSetting(const char* value) {
        if (const char* former = std::getenv(name)) {
            former_ = former;
            was_set_ = true;
        }
        value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
    }
    TimeoutSetting(const TimeoutSetting&) = delete;
    TimeoutSetting& operator=(const TimeoutSetting&) = delete;
    ~TimeoutSetting() { was_set_ ? ::setenv(name, former_.c_str(), 1) : ::unsetenv(name); }

private:
    static constexpr const char* name = "ASYNC_TEST_TIMEOUT";
    std::string former_;
    bool was_set_ = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(async_test_case)

BOOST_FIXTURE_TEST_CASE(has_the_current_loop, AsyncTestCase) {
    BOOST_TEST(&ioloop::IOLoop::current() == &io_loop());
}

BOOST_AUTO_TEST_CASE(gives_the_former_loop_back) {
    auto& before = ioloop::IOLoop::current();
    {
        AsyncTestCase test;
        BOOST_TEST(&ioloop::IOLoop::current() == &test.io_loop());
    }
    BOOST_TEST(&ioloop::IOLoop::current() == &before);
}

BOOST_FIXTURE_TEST_CASE(run_returns_what_the_work_does, AsyncTestCase) {
    BOOST_TEST(run([] { return 1; }) == 1);
    BOOST_TEST(run([]() -> Future<std::string> {
                   co_await gen::moment();
                   co_return "two";
               }) == "two");
    BOOST_TEST(run(Future<int>::ready(3)) == 3);
    bool called = false;
    run([&] { called = true; });
    BOOST_TEST(called);
    const auto own =
        run([]() -> Future<std::unique_ptr<int>> { co_return std::make_unique<int>(4); });
    BOOST_TEST(*own == 4);
}

BOOST_FIXTURE_TEST_CASE(run_takes_a_future_that_is_pending, AsyncTestCase) {
    Promise<int> promise;
    io_loop().call_later(1ms, [&] { promise.set_result(5); });
    BOOST_TEST(run(promise.future()) == 5);
}

BOOST_FIXTURE_TEST_CASE(run_throws_what_the_work_throws, AsyncTestCase) {
    BOOST_CHECK_THROW(run([] { throw std::out_of_range{"x"}; }), std::out_of_range);
    BOOST_CHECK_THROW(
        run([]() -> Future<void> {
            co_await gen::moment();
            throw std::out_of_range{"x"};
        }),
        std::out_of_range
    );
    BOOST_TEST(run([] { return 1; }) == 1);  // and can be used again
}

BOOST_FIXTURE_TEST_CASE(run_ends_after_its_timeout, AsyncTestCase) {
    bool cancelled = false;
    const auto wait = [&]() -> Future<void> {
        try {
            co_await gen::sleep(1h);
        } catch (const tornado::CancelledError&) {
            cancelled = true;
            throw;
        }
    };
    BOOST_CHECK_THROW(run(wait, 2ms), ioloop::TimeoutError);
    BOOST_TEST(cancelled);
}

BOOST_FIXTURE_TEST_CASE(run_is_not_ended_by_the_timeout_of_the_former, AsyncTestCase) {
    run([] { return gen::sleep(1ms); }, 20ms);
    run([] { return gen::sleep(40ms); }, 5s);
}

BOOST_FIXTURE_TEST_CASE(the_environment_sets_the_timeout, AsyncTestCase) {
    const TimeoutSetting setting{"0.002"};
    BOOST_CHECK_THROW(run([] { return gen::sleep(1h); }), ioloop::TimeoutError);
    run([] { return gen::sleep(10ms); }, 5s);  // a timeout of its own wins
}

BOOST_AUTO_TEST_CASE(timeout_is_five_seconds_unless_the_environment_says_otherwise) {
    for (const char* value :
         {static_cast<const char*>(nullptr), "", "x", "-1", "0", "3s", "nan", "1e30"}) {
        const TimeoutSetting setting{value};
        BOOST_CHECK(testing::get_async_test_timeout() == 5s);
    }
    const TimeoutSetting setting{"12.5"};
    BOOST_CHECK(testing::get_async_test_timeout() == 12500ms);
}

BOOST_FIXTURE_TEST_CASE(exception_in_a_callback_ends_the_present_run, AsyncTestCase) {
    io_loop().add_callback([] { throw std::out_of_range{"background"}; });
    BOOST_CHECK_THROW(run([] { return gen::sleep(1h); }), std::out_of_range);
    run([] { return gen::sleep(1ms); });  // once is enough
}

BOOST_FIXTURE_TEST_CASE(exception_in_a_callback_wins_over_a_normal_end, AsyncTestCase) {
    BOOST_CHECK_THROW(
        run([this] {
            io_loop().add_callback([] { throw std::out_of_range{"background"}; });
            return gen::sleep(1ms);
        }),
        std::out_of_range
    );
}

BOOST_FIXTURE_TEST_CASE(further_exceptions_are_logged, AsyncTestCase) {
    const testing::ExpectLog expected{tornado::log::app_log(), "Another exception.*second"};
    io_loop().add_callback([] { throw std::out_of_range{"first"}; });
    io_loop().add_callback([] { throw std::runtime_error{"second"}; });
    BOOST_CHECK_THROW(run([] { return gen::sleep(1h); }), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(teardown_throws_what_came_since_the_last_run) {
    AsyncTestCase test;
    test.run([&] { test.io_loop().call_later(1ms, [] { throw std::out_of_range{"late"}; }); });
    test.io_loop().call_later(5ms, [&] { test.io_loop().stop(); });
    test.io_loop().start();
    BOOST_CHECK_THROW(test.teardown(), std::out_of_range);
    test.teardown();
}

BOOST_AUTO_TEST_CASE(what_nobody_asked_for_is_logged_in_the_end) {
    const testing::ExpectLog expected{tornado::log::app_log(), "test's background: .*late"};
    AsyncTestCase test;
    test.io_loop().add_callback([] { throw std::out_of_range{"late"}; });
    test.io_loop().add_callback([&] { test.io_loop().stop(); });
    test.io_loop().start();
}

BOOST_AUTO_TEST_CASE(its_end_unwinds_what_is_left) {
    bool unwound = false;
    {
        AsyncTestCase test;
        const auto wait = [&unwound]() -> Future<void> {
            struct Mark {
                bool& flag;
                ~Mark() { flag = true; }
            } mark{unwound};
            co_await gen::sleep(1h);
        };
        test.run([&] { wait().ignore(); });
        BOOST_TEST(!unwound);
    }
    BOOST_TEST(unwound);
}

BOOST_AUTO_TEST_SUITE_END()
