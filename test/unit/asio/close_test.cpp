#include <tornado/asio.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::system_error;
using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::asio::to_awaitable;
using tornado::asio::to_future;
using tornado::asio::use_future;
using tornado::concurrent::BrokenPromise;
using tornado::ioloop::IOLoop;

/// Holds `token` while it waits.
Future<void> hold(std::shared_ptr<int> token, Future<void> waited) {
    co_await std::move(waited);
    ++*token;
}

asio::awaitable<void> wait(std::shared_ptr<int> token) {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    co_await timer.async_wait(asio::use_awaitable);
    ++*token;
}

BOOST_AUTO_TEST_SUITE(closing)

BOOST_AUTO_TEST_CASE(the_loops_close_leaves_nothing_of_its_pending_operations) {
    const auto token = std::make_shared<int>(0);
    {
        IOLoop loop;
        auto& context = tornado::asio::context(loop);
        asio::steady_timer first{context, 1h};
        asio::steady_timer second{context, 1h};
        hold(token, first.async_wait(use_future));
        second.async_wait(use_future).ignore();
        hold(token, to_future(wait(token)));
        to_future(wait(token));
        hold(token, to_future(to_awaitable(tornado::gen::sleep(1h))));
        loop.add_callback([&] { loop.stop(); });
        loop.start();
    }
    BOOST_TEST(*token == 0);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(operations_of_a_closed_borrowed_loop_end_in_the_programs_context) {
    const auto token = std::make_shared<int>(0);
    asio::io_context context;
    asio::steady_timer timer{context, 1h};
    SocketPair pair{context};
    char byte = 0;
    auto loop = tornado::asio::borrow(context);
    hold(token, timer.async_wait(use_future));
    auto read = pair.near.async_read_some(asio::buffer(&byte, 1), use_future);
    auto spawned = to_future(wait(token));
    loop.reset();
    BOOST_TEST(read.cancelled());
    BOOST_TEST(spawned.cancelled());
    context.restart();
    context.run();  // returns: all were cancelled
    BOOST_TEST(*token == 0);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(coroutines_of_asio_are_told_when_the_loop_they_wait_for_closes) {
    asio::io_context context;
    auto loop = tornado::asio::borrow(context);
    Promise<void> never;
    bool aborted = false;
    auto coroutine = [&](Future<void> future) -> asio::awaitable<void> {
        try {
            co_await to_awaitable(std::move(future));
        } catch (const system_error& error) {
            aborted = error.code() == asio::error::operation_aborted;
        }
    };
    asio::co_spawn(context, coroutine(never.future()), asio::detached);
    context.poll();
    loop.reset();
    context.restart();
    context.run();
    BOOST_TEST(aborted);
}

BOOST_AUTO_TEST_CASE(coroutines_of_asio_that_wait_when_the_context_goes_are_destroyed) {
    const auto token = std::make_shared<int>(0);
    Promise<void> never;
    {
        IOLoop loop;
        auto coroutine = [](Future<void> future,
                            std::shared_ptr<int> held) -> asio::awaitable<void> {
            co_await to_awaitable(std::move(future));
            ++*held;
        };
        auto& context = tornado::asio::context(loop);
        asio::co_spawn(context, coroutine(never.future(), token), asio::detached);
        loop.add_callback([&] { loop.stop(); });
        loop.start();
        BOOST_TEST(token.use_count() > 1);
    }
    BOOST_TEST(*token == 0);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(another_threads_operation_may_end_after_the_loop_has_gone) {
    ForeignContext foreign;
    asio::steady_timer timer{foreign.context, 1h};
    {
        IOLoop loop;
        timer.async_wait(use_future);
    }
    foreign.finish();  // returns: the close has cancelled it
}

BOOST_AUTO_TEST_CASE(loops_may_close_while_other_threads_end_their_operations) {
    ForeignContext foreign;
    for (int round = 0; round < 200; ++round) {
        IOLoop loop;
        asio::steady_timer timer{foreign.context, std::chrono::microseconds{round % 50}};
        auto future = timer.async_wait(use_future);
        loop.close();
        BOOST_TEST(future.done());
        std::promise<void> over;  // the timer is the other thread's until then
        asio::post(foreign.context, [&] {
            timer.cancel();
            asio::post(foreign.context, [&] { over.set_value(); });
        });
        over.get_future().wait();
    }
}

BOOST_AUTO_TEST_CASE(an_operation_that_is_destroyed_unfinished_breaks_its_promise) {
    IOLoop loop;
    ManualOperation operation;
    const auto dropped = operation.async_run(use_future);
    operation.drop();
    BOOST_CHECK_THROW(dropped.result(), BrokenPromise);
    const auto cancelled = operation.async_run(use_future);
    cancelled.cancel();
    operation.drop();
    BOOST_TEST(cancelled.cancelled());

    auto other = std::make_unique<asio::io_context>();
    const auto of_context = asio::post(*other, use_future);
    std::thread{[&] { other.reset(); }}.join();
    BOOST_CHECK_THROW(loop.run_sync([&] { return of_context; }), BrokenPromise);
    BOOST_TEST(!of_context.cancel());
}

BOOST_AUTO_TEST_CASE(on_a_closed_loop_no_operation_starts) {
    IOLoop loop;
    loop.close();
    ManualOperation operation;
    const auto future = operation.async_run(use_future);
    BOOST_TEST(!operation.pending());
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(a_handler_of_the_programs_own_that_throws_in_the_close_is_logged) {
    LogCapture log;
    {
        IOLoop loop;
        const auto token = std::make_shared<int>(0);
        const auto waiting = hold(token, tornado::gen::sleep(1h));
        asio::post(tornado::asio::context(loop), [] { throw std::runtime_error{"not ours"}; });
        loop.close();
        BOOST_TEST(waiting.cancelled());
    }
    BOOST_TEST(log.count("not ours") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
