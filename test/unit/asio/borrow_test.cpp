#include <tornado/asio.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::ioloop::IOLoop;

BOOST_AUTO_TEST_SUITE(borrowed_context)

BOOST_AUTO_TEST_CASE(runs_by_the_loop_or_by_the_program) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    BOOST_TEST(&IOLoop::current() == loop.get());
    BOOST_TEST(&tornado::asio::context(*loop) == &context);
    BOOST_TEST(loop->run_sync([] { return 1; }) == 1);

    Order order;
    loop->add_callback([&] { order.push_back("ours"); });
    asio::post(context, [&] { order.push_back("theirs"); });
    context.restart();
    context.poll();
    BOOST_TEST((order == Order{"ours", "theirs"}));
}

BOOST_AUTO_TEST_CASE(coroutines_suspend_and_go_on_when_the_program_runs_it) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    auto coroutine = []() -> Future<int> {
        co_await tornado::gen::moment();
        co_await tornado::gen::sleep(0ms);
        co_return 2;
    };
    const auto future = coroutine();
    context.run();
    BOOST_TEST(future.result() == 2);
}

BOOST_AUTO_TEST_CASE(run_ends_when_no_descriptor_is_watched_any_more) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    SocketPair pair{context};
    int told = 0;
    const auto watch = [&] {
        loop->add_handler(
            pair.near.native_handle(),
            [&](int fd, tornado::ioloop::Events) {
                ++told;
                loop->remove_handler(fd);
            },
            tornado::ioloop::Events::write
        );
    };
    for (int i = 1; i < 4; ++i) {
        watch();
        context.restart();
        context.run();
        BOOST_TEST(told == i);
    }
    watch();
    loop->remove_handler(pair.near.native_handle());
    watch();  // before the loop has heard of the end
    context.restart();
    context.run();
    BOOST_TEST(told == 4);
}

BOOST_AUTO_TEST_CASE(the_programs_operations_and_coroutines_mix_with_ours) {
    using tornado::asio::use_future;
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    SocketPair pair{context};
    Order order;

    // Asio's own echo, one of its coroutines at one end, a coroutine of ours at the other.
    auto echo = [&]() -> asio::awaitable<void> {
        std::string text(16, '\0');
        const auto count =
            co_await pair.far.async_read_some(asio::buffer(text), asio::use_awaitable);
        order.push_back("theirs: " + text.substr(0, count));
        co_await tornado::asio::to_awaitable(tornado::gen::sleep(0ms));
        co_await asio::async_write(pair.far, asio::buffer(text, count), asio::use_awaitable);
    };
    auto ask = [&]() -> Future<std::string> {
        std::string text(16, '\0');
        co_await asio::async_write(pair.near, asio::buffer("ping", 4), use_future);
        const auto count = co_await pair.near.async_read_some(asio::buffer(text), use_future);
        text.resize(count);
        order.push_back("ours: " + text);
        co_return text;
    };
    asio::co_spawn(context, echo(), asio::detached);
    bool timeout_ran = false;
    loop->call_later(0ms, [&] { timeout_ran = true; });
    bool timer_ran = false;
    asio::steady_timer timer{context, 0ms};
    timer.async_wait([&](const boost::system::error_code&) {
        timer_ran = true;
        loop->add_callback([&] { order.push_back("callback"); });
    });
    const auto answer = ask();
    context.run();
    BOOST_TEST(answer.result() == "ping");
    BOOST_TEST(timeout_ran);
    BOOST_TEST(timer_ran);
    BOOST_TEST(order.size() == 3U);
    BOOST_TEST((std::find(order.begin(), order.end(), "callback") != order.end()));
}

BOOST_AUTO_TEST_CASE(run_returns_only_when_nothing_of_the_loops_is_left) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    ForeignContext foreign;
    asio::steady_timer timer{foreign.context, 1ms};
    const auto elsewhere = timer.async_wait(tornado::asio::use_future);
    context.run();
    BOOST_TEST(elsewhere.done());

    const auto job = loop->run_in_executor([] { return 1; });
    context.restart();
    context.run();
    BOOST_TEST(job.result() == 1);
}

BOOST_AUTO_TEST_CASE(run_does_not_wait_for_a_timeout_that_was_taken_back) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    const auto timeout = loop->call_later(24h, [] { BOOST_TEST(false); });
    loop->add_callback([&] { loop->remove_timeout(timeout); });
    context.run();
    bool later = false;
    loop->call_later(1ms, [&] { later = true; });
    context.restart();
    context.run();
    BOOST_TEST(later);
}

BOOST_AUTO_TEST_CASE(stop_stops_the_context_that_the_program_runs) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    const auto work = asio::make_work_guard(context);
    loop->add_callback([&] { loop->stop(); });
    context.run();
    BOOST_TEST(context.stopped());
}

BOOST_AUTO_TEST_CASE(that_stop_is_over_with_the_run_that_it_stopped) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    loop->add_callback([&] { loop->stop(); });
    context.run();
    BOOST_TEST(loop->run_sync([] { return 3; }) == 3);
}

BOOST_AUTO_TEST_CASE(what_runs_on_it_can_neither_close_nor_start_it) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    int refused = 0;
    const auto try_all = [&] {
        BOOST_CHECK_THROW(loop->close(), std::logic_error);
        BOOST_CHECK_THROW(loop->start(), std::logic_error);
        BOOST_CHECK_THROW(loop->run_sync([] {}), std::logic_error);
        ++refused;
    };
    auto coroutine = [&]() -> Future<void> {
        co_await tornado::gen::moment();
        try_all();
    };
    const auto spawned = coroutine();
    loop->add_callback(try_all);
    loop->call_later(0ms, try_all);
    context.run();
    BOOST_TEST(refused == 3);
    BOOST_TEST(spawned.done());
    loop->close();
}

BOOST_AUTO_TEST_CASE(it_is_current_for_what_runs_on_it) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    const IOLoop other;
    Pipe pipe;
    pipe.put();
    int times = 0;
    const auto look = [&] { times += &IOLoop::current() == loop.get() ? 1 : 0; };
    loop->add_callback(look);
    loop->call_later(0ms, look);
    loop->add_handler(
        pipe.reader(),
        [&](int fd, auto) {
            look();
            loop->remove_handler(fd);
        },
        tornado::ioloop::Events::read
    );
    asio::post(context, [&] { BOOST_TEST(&IOLoop::current() == &other); });
    context.run();
    BOOST_TEST(times == 3);
    BOOST_TEST(&IOLoop::current() == &other);
}

BOOST_AUTO_TEST_CASE(callbacks_from_other_threads_reach_a_context_that_the_program_runs) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    auto work = asio::make_work_guard(context);
    std::thread::id ran_on;
    std::thread other{[&] {
        loop->add_callback([&] {
            ran_on = std::this_thread::get_id();
            work.reset();
        });
    }};
    context.run();
    other.join();
    BOOST_TEST((ran_on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(what_a_coroutine_of_asio_throws_leaves_the_run_and_not_our_log) {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    const LogCapture log;
    auto coroutine = []() -> asio::awaitable<void> {
        co_await tornado::asio::to_awaitable(tornado::gen::sleep(0ms));
        throw std::domain_error{"theirs"};
    };
    asio::co_spawn(context, coroutine(), [](const std::exception_ptr& error) {
        std::rethrow_exception(error);
    });
    BOOST_CHECK_THROW(context.run(), std::domain_error);
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(the_context_may_run_on_after_the_loop_has_gone) {
    asio::io_context context;
    Pipe pipe;
    const auto token = std::make_shared<int>(0);
    auto loop = tornado::asio::borrow(context);
    loop->add_callback([token] { ++*token; });
    loop->call_later({}, [token] { ++*token; });
    loop->add_handler(
        pipe.reader(), [token](int, auto) { ++*token; }, tornado::ioloop::Events::read
    );
    auto coroutine = [](std::shared_ptr<int> held) -> Future<void> {
        while (held) {
            try {
                co_await tornado::gen::sleep(1h);
            } catch (const CancelledError&) {
                break;
            }
        }
    };
    coroutine(nullptr);
    loop.reset();
    BOOST_TEST(token.use_count() == 1);
    pipe.put();
    context.restart();
    context.run();
    BOOST_TEST(::fcntl(pipe.reader(), F_GETFD) >= 0);
}

BOOST_AUTO_TEST_CASE(what_a_handler_of_the_programs_own_throws_leaves_the_loop_usable) {
    IOLoop loop;
    const IOLoop other;
    asio::post(tornado::asio::context(loop), [] { throw std::domain_error{"theirs"}; });
    BOOST_CHECK_THROW(loop.start(), std::domain_error);
    BOOST_TEST(!loop.running());
    BOOST_TEST(&IOLoop::current() == &other);
    BOOST_TEST(loop.run_sync([] { return 3; }) == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
