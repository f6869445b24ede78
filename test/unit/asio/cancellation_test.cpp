#include <tornado/asio.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::asio::use_future;
using tornado::ioloop::IOLoop;

/// What a coroutine sees of its wait.
template <typename T>
Future<std::string> fate_of(Future<T> waited) {
    try {
        co_await std::move(waited);
        co_return "value";
    } catch (const CancelledError&) {
        co_return "cancelled";
    } catch (const std::exception& error) {
        co_return error.what();
    }
}

/// Initiates an operation on another thread that ends only when it is cancelled.
struct InitiateElsewhere {
    using executor_type = asio::io_context::executor_type;
    [[nodiscard]] executor_type get_executor() const { return context.get_executor(); }

    void operator()(auto handler) const {
        auto slot = asio::get_associated_cancellation_slot(handler);
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        slot.assign([kept, &context = context, &cancelled_on = cancelled_on](auto) {
            cancelled_on = std::this_thread::get_id();
            asio::post(context, [kept] {
                std::move (*kept)(boost::system::error_code{asio::error::operation_aborted});
            });
        });
    }

    asio::io_context& context;
    std::thread::id& cancelled_on;
};

BOOST_AUTO_TEST_SUITE(use_future_cancellation)

BOOST_AUTO_TEST_CASE(a_cancelled_coroutine_takes_its_operation_back) {
    IOLoop loop;
    asio::steady_timer timer{tornado::asio::context(loop), 1h};
    auto coroutine = fate_of(timer.async_wait(use_future));
    BOOST_TEST(coroutine.cancel());
    BOOST_TEST(loop.run_sync([&] { return coroutine; }) == "cancelled");
    BOOST_TEST(timer.cancel() == 0U, "nothing waits for the timer any more");
}

BOOST_AUTO_TEST_CASE(an_operation_in_several_steps_is_cancelled_too) {
    IOLoop loop;
    SocketPair pair{tornado::asio::context(loop)};
    std::string text(100, '\0');
    auto coroutine = fate_of(asio::async_read(pair.near, asio::buffer(text), use_future));
    loop.run_sync([&]() -> Future<void> {
        co_await pair.far.async_write_some(asio::buffer("part", 4), use_future);
        while (text[0] == '\0') {
            co_await tornado::gen::moment();
        }
        coroutine.cancel();
    });
    BOOST_TEST(loop.run_sync([&] { return coroutine; }) == "cancelled");
}

BOOST_AUTO_TEST_CASE(it_takes_effect_when_the_operation_has_ended) {
    IOLoop loop;
    ManualOperation operation;
    const auto future = operation.async_run(use_future);
    BOOST_TEST(future.cancel());
    BOOST_TEST(operation.cancellations == 1);
    BOOST_TEST(!future.done(), "the operation may still use its buffers");
    operation.fail(asio::error::operation_aborted);
    BOOST_TEST(future.cancelled());
    BOOST_TEST(!future.cancel());
    BOOST_TEST(operation.cancellations == 1);
}

BOOST_AUTO_TEST_CASE(an_operation_that_succeeds_all_the_same_has_its_value) {
    IOLoop loop;
    ManualOperation operation;
    const auto future = operation.async_run(use_future);
    future.cancel();
    operation.end(5);
    BOOST_TEST(future.result() == 5);
}

BOOST_AUTO_TEST_CASE(another_error_than_that_of_a_cancellation_is_kept) {
    IOLoop loop;
    ManualOperation operation;
    const auto future = operation.async_run(use_future);
    future.cancel();
    operation.fail(asio::error::connection_reset);
    BOOST_CHECK_THROW(future.result(), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_result_that_came_all_the_same_is_the_coroutines_which_hears_of_it_later) {
    IOLoop loop;
    ManualOperation operation;
    int result = 0;
    auto coroutine = [](Future<int> waited, int& seen) -> Future<void> {
        seen = co_await std::move(waited);
        co_await tornado::gen::sleep(1h);
    }(operation.async_run(use_future), result);
    coroutine.cancel();
    operation.end(5);
    BOOST_CHECK_THROW(loop.run_sync([&] { return coroutine; }), CancelledError);
    BOOST_TEST(result == 5);
}

BOOST_AUTO_TEST_CASE(an_operation_that_others_hold_goes_on) {
    IOLoop loop;
    ManualOperation operation;
    const auto future = operation.async_run(use_future);
    auto coroutine = fate_of(future);
    coroutine.cancel();
    BOOST_TEST(loop.run_sync([&] { return coroutine; }) == "cancelled");
    BOOST_TEST(operation.cancellations == 0);
    operation.end(6);
    BOOST_TEST(future.result() == 6);
}

BOOST_AUTO_TEST_CASE(a_slot_of_the_programs_own_comes_first) {
    IOLoop loop;
    asio::cancellation_signal signal;
    asio::steady_timer timer{tornado::asio::context(loop), 1h};
    const auto future = timer.async_wait(asio::bind_cancellation_slot(signal.slot(), use_future));
    signal.emit(asio::cancellation_type::all);
    loop.add_callback([&] { loop.stop(); });
    loop.start();
    BOOST_CHECK_THROW(future.result(), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(an_operation_may_end_while_it_is_being_cancelled) {
    IOLoop loop;
    const auto initiate = [](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        slot.assign([kept = std::make_shared<decltype(handler)>(std::move(handler))](auto) {
            std::move (*kept)(boost::system::error_code{asio::error::operation_aborted});
        });
    };
    const auto future = asio::async_initiate<decltype(use_future), void(boost::system::error_code)>(
        initiate, use_future
    );
    future.cancel();
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(another_threads_operation_is_cancelled_on_its_own_thread) {
    IOLoop loop;
    ForeignContext foreign;
    std::thread::id cancelled_on;
    const InitiateElsewhere initiate{foreign.context, cancelled_on};
    const auto start = [&](auto token) {
        return asio::async_initiate<decltype(token), void(boost::system::error_code)>(
            initiate, token
        );
    };
    auto coroutine = fate_of(start(use_future));
    coroutine.cancel();
    BOOST_TEST(loop.run_sync([&] { return coroutine; }) == "cancelled");
    BOOST_TEST((cancelled_on == foreign.thread()));

    // Also through the wrappers of tokens.
    cancelled_on = {};
    auto wrapped = start(asio::bind_executor(foreign.context, asio::as_tuple(use_future)));
    wrapped.cancel();
    loop.run_sync([&] { return wrapped; });
    BOOST_TEST((cancelled_on == foreign.thread()));
}

BOOST_AUTO_TEST_CASE(operations_on_another_thread_may_end_while_they_are_cancelled) {
    IOLoop loop;
    ForeignContext foreign;
    for (int round = 0; round < 200; ++round) {
        asio::steady_timer timer{foreign.context, std::chrono::microseconds{round % 50}};
        auto coroutine = fate_of(timer.async_wait(use_future));
        loop.run_sync([&]() -> Future<void> {
            co_await tornado::gen::moment();
            coroutine.cancel();
            const auto fate = co_await coroutine;
            BOOST_TEST((fate == "cancelled" || fate == "value"));
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
