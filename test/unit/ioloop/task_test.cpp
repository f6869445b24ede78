#include <tornado/ioloop/gen/task.hpp>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <stdexcept>
#include <tuple>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using tornado::Future;
using tornado::concurrent::BrokenPromise;
using tornado::concurrent::InvalidStateError;
using tornado::ioloop::IOLoop;

/// An interface in callback style, as libraries have it.
class Legacy {
public:
    explicit Legacy(IOLoop& loop) : loop_{loop} {}

    void ask(const std::string& question, std::function<void(std::string)> callback) {
        loop_.add_callback([answer = question + "!", callback = std::move(callback)] {
            callback(answer);
        });
    }

private:
    IOLoop& loop_;
};

BOOST_AUTO_TEST_SUITE(task)

BOOST_AUTO_TEST_CASE(is_done_with_what_the_callback_gets) {
    IOLoop loop;
    const auto answer = loop.run_sync([&]() -> Future<std::string> {
        co_return co_await gen::task<std::string>([&](std::function<void(std::string)> callback) {
            loop.add_callback([callback = std::move(callback)] { callback("answer"); });
        });
    });
    BOOST_TEST(answer == "answer");
}

BOOST_AUTO_TEST_CASE(arguments_come_before_the_callback_and_methods_are_functions_too) {
    IOLoop loop;
    Legacy legacy{loop};
    const auto answer =
        loop.run_sync([&] { return gen::task<std::string>(&Legacy::ask, &legacy, "question"); });
    BOOST_TEST(answer == "question!");
}

BOOST_AUTO_TEST_CASE(a_callback_may_have_no_argument_or_several) {
    BOOST_TEST(gen::task([](const auto& callback) { callback(); }).done());
    using Answer = std::tuple<int, std::string>;
    const auto several = gen::task<Answer>([](const auto& callback) { callback(1, "text"); });
    BOOST_TEST((several.result() == Answer{1, "text"}));
}

BOOST_AUTO_TEST_CASE(a_callback_may_be_called_at_once) {
    const auto future = gen::task<int>([](const auto& callback) { callback(3); });
    BOOST_TEST(future.result() == 3);
}

BOOST_AUTO_TEST_CASE(what_the_function_throws_comes_out_of_the_future) {
    const auto future = gen::task<int>([](const auto&) { throw std::out_of_range{"at once"}; });
    BOOST_CHECK_THROW(future.result(), std::out_of_range);
    const auto start_badly = [](const auto& callback) {
        callback(1);
        throw std::out_of_range{"too late"};
    };
    BOOST_CHECK_THROW(static_cast<void>(gen::task<int>(start_badly)), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_callback_can_say_that_the_operation_failed) {
    const auto fail = [](const gen::TaskCallback<int>& callback) {
        callback.set_exception(std::out_of_range{"failed"});
    };
    BOOST_CHECK_THROW(gen::task<int>(fail).result(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_second_call_throws) {
    std::function<void(int)> kept;
    const auto future =
        gen::task<int>([&](std::function<void(int)> callback) { kept = std::move(callback); });
    kept(1);
    BOOST_CHECK_THROW(kept(2), InvalidStateError);
    BOOST_TEST(future.result() == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_that_is_lost_breaks_the_future) {
    IOLoop loop;
    std::function<void(int)> kept;
    const auto future =
        gen::task<int>([&](std::function<void(int)> callback) { kept = std::move(callback); });
    BOOST_TEST(!future.done());
    kept = nullptr;
    BOOST_CHECK_THROW(future.result(), BrokenPromise);
}

BOOST_AUTO_TEST_CASE(cancelling_takes_the_operation_back_and_a_late_call_is_ignored) {
    std::function<void(int)> kept;
    bool taken_back = false;
    const auto future = gen::task<int>([&](const gen::TaskCallback<int>& callback) {
        kept = callback;
        callback.on_cancel([&] { taken_back = true; });
    });
    BOOST_TEST(future.cancel());
    BOOST_TEST(taken_back);
    kept(1);
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(several_run_at_the_same_time) {
    IOLoop loop;
    std::vector<std::function<void(int)>> callbacks;
    const auto keep = [&](std::function<void(int)> callback) {
        callbacks.push_back(std::move(callback));
    };
    const auto both = gen::multi(std::vector{gen::task<int>(keep), gen::task<int>(keep)});
    callbacks.at(1)(20);
    callbacks.at(0)(10);
    BOOST_TEST((loop.run_sync([&] { return both; }) == std::vector{10, 20}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
