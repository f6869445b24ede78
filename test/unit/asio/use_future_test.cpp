#include <tornado/asio.hpp>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::error_code;
using boost::system::system_error;
using tornado::Future;
using tornado::asio::use_future;
using tornado::ioloop::IOLoop;

/// Starts an operation whose handler is called at once with `results`.
template <typename Signature, typename Token, typename... Results>
auto async_ready(Token&& token, Results... results) {
    return asio::async_initiate<Token, Signature>(
        [](auto handler, auto... values) { std::move(handler)(std::move(values)...); },
        token,
        std::move(results)...
    );
}

bool is_aborted(const system_error& error) {
    return error.code() == asio::error::operation_aborted;
}

BOOST_AUTO_TEST_SUITE(use_future_token)

BOOST_AUTO_TEST_CASE(a_coroutine_awaits_an_operation_without_a_result) {
    IOLoop loop;
    asio::steady_timer timer{tornado::asio::context(loop), 0ms};
    loop.run_sync([&]() -> Future<void> { co_await timer.async_wait(use_future); });
    BOOST_TEST((timer.expiry() <= std::chrono::steady_clock::now()));
}

BOOST_AUTO_TEST_CASE(one_result_is_the_futures_value) {
    IOLoop loop;
    SocketPair pair{tornado::asio::context(loop)};
    std::string text(5, '\0');
    const auto count = loop.run_sync([&]() -> Future<std::size_t> {
        co_await asio::async_write(pair.far, asio::buffer("hello", 5), use_future);
        co_return co_await asio::async_read(pair.near, asio::buffer(text), use_future);
    });
    BOOST_TEST(count == 5U);
    BOOST_TEST(text == "hello");
}

BOOST_AUTO_TEST_CASE(several_results_come_as_a_tuple) {
    IOLoop loop;
    const auto future =
        async_ready<void(error_code, int, std::string)>(use_future, error_code{}, 1, "one");
    BOOST_TEST((future.result() == std::tuple<int, std::string>{1, "one"}));
}

BOOST_AUTO_TEST_CASE(results_need_no_error_in_front) {
    IOLoop loop;
    async_ready<void()>(use_future).result();
    BOOST_TEST(async_ready<void(int)>(use_future, 1).result() == 1);
    const auto pair = async_ready<void(int, int)>(use_future, 1, 2);
    BOOST_TEST((pair.result() == std::tuple<int, int>{1, 2}));
}

BOOST_AUTO_TEST_CASE(results_may_be_move_only_and_without_a_default) {
    struct Number {
        explicit Number(int number) : value{std::make_unique<int>(number)} {}
        std::unique_ptr<int> value;
    };
    IOLoop loop;
    const auto future = async_ready<void(error_code, Number)>(use_future, error_code{}, Number{7});
    BOOST_TEST(*future.result().value == 7);
}

BOOST_AUTO_TEST_CASE(an_error_code_is_thrown_as_a_system_error) {
    IOLoop loop;
    SocketPair pair{tornado::asio::context(loop)};
    pair.far.close();
    char byte = 0;
    BOOST_CHECK_EXCEPTION(
        loop.run_sync([&]() -> Future<void> {
            co_await pair.near.async_read_some(asio::buffer(&byte, 1), use_future);
        }),
        system_error,
        [](const auto& error) { return error.code() == asio::error::eof; }
    );
}

BOOST_AUTO_TEST_CASE(an_exception_in_front_is_thrown) {
    IOLoop loop;
    const auto error = std::make_exception_ptr(std::domain_error{"no"});
    const auto future = async_ready<void(std::exception_ptr, int)>(use_future, error, 0);
    BOOST_CHECK_THROW(future.result(), std::domain_error);
    const auto fine = async_ready<void(std::exception_ptr, int)>(use_future, nullptr, 3);
    BOOST_TEST(fine.result() == 3);
}

BOOST_AUTO_TEST_CASE(an_operation_that_the_program_itself_cancels_fails) {
    IOLoop loop;
    asio::steady_timer timer{tornado::asio::context(loop), 1h};
    const auto future = timer.async_wait(use_future);
    timer.cancel();
    BOOST_CHECK_EXCEPTION(loop.run_sync([&] { return future; }), system_error, is_aborted);
    BOOST_TEST(!future.cancelled());
}

BOOST_AUTO_TEST_CASE(a_failure_that_nobody_looks_at_is_logged) {
    IOLoop loop;
    const LogCapture log;
    ManualOperation operation;
    operation.async_run(use_future);
    operation.fail(asio::error::connection_reset);
    BOOST_TEST(log.count("never retrieved") == 1);
}

BOOST_AUTO_TEST_CASE(the_operation_starts_before_anybody_awaits_it) {
    IOLoop loop;
    ManualOperation operation;
    const auto future = operation.async_run(use_future);
    BOOST_TEST(operation.pending());
    BOOST_TEST(!future.done());
    operation.end(4);
    BOOST_TEST(future.result() == 4);
}

BOOST_AUTO_TEST_CASE(waiters_go_on_from_the_ready_queue) {
    IOLoop loop;
    ManualOperation operation;
    Order order;
    auto coroutine = [&]() -> Future<void> {
        co_await operation.async_run(use_future);
        order.push_back("resumed");
    };
    const auto future = coroutine();
    operation.end(0);
    order.push_back("ended");
    loop.run_sync([&] { return future; });
    BOOST_TEST((order == Order{"ended", "resumed"}));
}

BOOST_AUTO_TEST_CASE(what_initiating_throws_leaves_the_call) {
    IOLoop loop;
    const LogCapture log;
    const auto initiate = [](auto&&) { throw std::domain_error{"cannot"}; };
    BOOST_CHECK_THROW(
        (asio::async_initiate<decltype(use_future), void()>(initiate, use_future)),
        std::domain_error
    );
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(objects_can_have_it_as_their_default) {
    IOLoop loop;
    auto timer = use_future.as_default_on(asio::steady_timer{tornado::asio::context(loop), 0ms});
    loop.run_sync([&]() -> Future<void> { co_await timer.async_wait(); });
    using Timer = tornado::asio::UseFuture::as_default_on_t<asio::steady_timer>;
    BOOST_TEST((std::is_same_v<decltype(timer), Timer>));
}

BOOST_AUTO_TEST_CASE(tokens_that_wrap_others_may_wrap_it) {
    IOLoop loop;
    ManualOperation operation;
    const auto both = operation.async_run(asio::as_tuple(use_future));
    operation.fail(asio::error::eof);
    BOOST_TEST((std::get<0>(both.result()) == asio::error::eof));

    error_code error;
    const auto redirected = operation.async_run(asio::redirect_error(use_future, error));
    operation.fail(asio::error::eof);
    BOOST_TEST(redirected.result() == 0);
    BOOST_TEST((error == asio::error::eof));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(use_future_executors)

BOOST_AUTO_TEST_CASE(a_bound_executor_is_where_the_outcome_passes) {
    IOLoop loop;
    auto strand = asio::make_strand(tornado::asio::context(loop));
    asio::steady_timer timer{tornado::asio::context(loop), 0ms};
    loop.run_sync([&]() -> Future<void> {
        co_await timer.async_wait(asio::bind_executor(strand, use_future));
    });

    ForeignContext foreign;
    loop.run_sync([&]() -> Future<void> {
        const auto here = std::this_thread::get_id();
        co_await timer.async_wait(asio::bind_executor(foreign.context, use_future));
        BOOST_TEST((std::this_thread::get_id() == here));
    });
}

BOOST_AUTO_TEST_CASE(the_outcome_of_another_threads_operation_comes_to_the_loops_thread) {
    IOLoop loop;
    ForeignContext foreign;
    asio::steady_timer timer{foreign.context, 0ms};
    asio::thread_pool pool{1};
    loop.run_sync([&]() -> Future<void> {
        const auto here = std::this_thread::get_id();
        co_await timer.async_wait(use_future);
        BOOST_TEST((std::this_thread::get_id() == here));
        co_await asio::post(pool, use_future);
        BOOST_TEST((std::this_thread::get_id() == here));
        co_await asio::post(use_future);
        BOOST_TEST((std::this_thread::get_id() == here));
    });
}

BOOST_AUTO_TEST_CASE(outcomes_of_many_operations_on_other_threads_all_come) {
    constexpr int count = 500;
    IOLoop loop;
    asio::thread_pool pool{3};
    loop.run_sync([&]() -> Future<void> {
        std::vector<Future<void>> futures;
        for (int i = 0; i < count; ++i) {
            futures.push_back(asio::post(pool, use_future));
        }
        co_await tornado::gen::multi(std::move(futures));
    });
}

BOOST_AUTO_TEST_CASE(values_and_errors_of_another_threads_operation_come_too) {
    IOLoop loop;
    ForeignContext foreign;
    SocketPair pair{foreign.context};
    loop.run_sync([&]() -> Future<void> {
        std::array<char, 8> room{};
        co_await asio::async_write(pair.far, asio::buffer("abc", 3), use_future);
        const auto count = co_await pair.near.async_read_some(asio::buffer(room), use_future);
        BOOST_TEST(count == 3U);
        pair.far.shutdown(SocketPair::Socket::shutdown_both);
        bool ended = false;
        try {
            co_await pair.near.async_read_some(asio::buffer(room), use_future);
        } catch (const system_error& error) {
            ended = error.code() == asio::error::eof;
        }
        BOOST_TEST(ended);
    });
}

BOOST_AUTO_TEST_CASE(an_accepted_socket_is_a_result) {
    using asio::ip::tcp;
    IOLoop loop;
    auto& context = tornado::asio::context(loop);
    tcp::acceptor acceptor{context, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    tcp::socket client{context};
    auto server = loop.run_sync([&]() -> Future<tcp::socket> {
        auto accepted = acceptor.async_accept(use_future);
        co_await client.async_connect(acceptor.local_endpoint(), use_future);
        co_return co_await std::move(accepted);
    });
    BOOST_TEST((server.remote_endpoint() == client.local_endpoint()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
