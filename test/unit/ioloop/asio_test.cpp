#include <tornado/asio.hpp>

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

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
