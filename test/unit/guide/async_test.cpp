// doc/guide/async.md: what its snippets take for granted, the snippets themselves, and what they
// do.

#include <tornado/concurrent.hpp>
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/locks.hpp>
#include <tornado/log.hpp>
#include <tornado/queues.hpp>
#include <tornado/stack_context.hpp>
#include <tornado/web.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <thread>

#include "../concurrent/support.hpp"

namespace async_guide {

namespace gen = tornado::gen;
namespace ioloop = tornado::ioloop;
namespace locks = tornado::locks;
namespace log = tornado::log;
namespace queues = tornado::queues;
namespace stack_context = tornado::stack_context;
namespace web = tornado::web;
using namespace std::chrono_literals;
using tornado::Future;

/// What the page calls functions of your program: what they did.
struct Fixture {
    Fixture() { now = this; }
    ~Fixture() { now = nullptr; }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    /// Runs one of the page's coroutines to its end.
    template <typename F, typename... Args>
    void run(F snippet, Args&&... args) {
        loop.run_sync([&] { return snippet(std::forward<Args>(args)...); });
    }
    /// Runs the loop until `count` texts have been saved.
    void run_until_saved(std::size_t count) {
        loop.run_sync([&]() -> Future<void> {
            while (saved.size() < count) {
                co_await gen::moment();
            }
        });
    }

    ioloop::IOLoop loop;
    Order shown;
    Order saved;
    int fetched = 0;
    static inline Fixture* now = nullptr;
};

void show(const std::string& text) {
    Fixture::now->shown.push_back(text);
}
Future<std::string> fetch(std::string url) {
    ++Fixture::now->fetched;
    co_await gen::moment();
    if (url == "/broken") {
        throw std::runtime_error{"no such page"};
    }
    co_return "page " + url;
}
Future<void> save(std::string text) {
    co_await gen::moment();
    Fixture::now->saved.push_back(text);
}
struct Options {
    std::string name;
};
Future<void> save(Options options) {
    return save(options.name);
}
Future<bool> is_known() {
    co_await gen::moment();
    co_return true;
}
Future<void> store() {
    return save("row");
}
void ask(const std::string& question, const std::function<void(std::string)>& on_answer) {
    on_answer(question + " because");
}
struct Button {
    std::function<void(int)> on_click;
};
struct Connection {
    Future<void> ping() { return save("ping"); }
};
std::string read_sensor() {
    std::this_thread::sleep_for(1ms);
    return "warm";
}
std::string slow_hash(const std::string& text) {
    return "hash of " + text;
}

#include "async.snippets.hpp"

BOOST_FIXTURE_TEST_SUITE(async_guide_suite, Fixture)

BOOST_AUTO_TEST_CASE(two_that_were_started_run_at_the_same_time) {
    run(at_the_same_time);
    BOOST_TEST((shown == Order{"page /userpage /news"}));
}

BOOST_AUTO_TEST_CASE(a_cache_of_a_future_fetches_once) {
    caching::FrontPage page;
    run([&]() -> Future<void> {
        const auto [first, second] = co_await gen::multi(page.get(), page.get());
        show(first);
        show(second);
        show(co_await page.get());
    });
    BOOST_TEST((shown == Order{"page /", "page /", "page /"}));
    BOOST_TEST(fetched == 1);
}

BOOST_AUTO_TEST_CASE(errors_come_out_where_the_future_is_awaited) {
    run(when_it_fails);
    BOOST_TEST((shown == Order{"no such page"}));
}

BOOST_AUTO_TEST_CASE(what_is_dropped_goes_on) {
    loop.run_sync([&] { in_the_background(loop); });
    run_until_saved(3);
    BOOST_TEST((saved == Order{"draft", "copy", "backup"}));
}

BOOST_AUTO_TEST_CASE(who_is_cancelled_hears_of_it) {
    run(cancelling::follow_for_a_moment);
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST((shown == Order{"page /news", "enough"}));
}

BOOST_AUTO_TEST_CASE(what_comes_in_time_is_passed_on) {
    run(in_time);
    BOOST_TEST((shown == Order{"page /a", "page /b"}));
}

BOOST_AUTO_TEST_CASE(several_can_be_awaited_at_once) {
    run(for_all);
    BOOST_TEST((shown == Order{"page /userpage /news", "page /3"}));
}

BOOST_AUTO_TEST_CASE(outcomes_can_be_taken_as_they_come) {
    std::vector<Future<std::string>> pages;
    loop.run_sync([&] {
        for (const auto* url : {"/1", "/broken", "/3"}) {
            pages.push_back(fetch(url));
        }
    });
    run(as_they_come, std::move(pages));
    BOOST_TEST((shown == Order{"0: page /1", "no such page", "2: page /3"}));
}

BOOST_AUTO_TEST_CASE(a_function_with_a_callback_can_be_awaited) {
    run(of_a_callback);
    BOOST_TEST((shown == Order{"why? because"}));
}

BOOST_AUTO_TEST_CASE(a_promise_is_settled_or_its_operation_taken_back) {
    Button button;
    const auto click = of_a_promise::next_click(button);
    button.on_click(7);
    BOOST_TEST(click.result() == 7);
    const auto next = of_a_promise::next_click(button);
    next.cancel();
    BOOST_TEST(!button.on_click);
}

BOOST_AUTO_TEST_CASE(a_lock_keeps_pairs_together) {
    locks::Lock lock;
    run([&]() -> Future<void> {
        co_await gen::multi(locking::save_pair(lock, "1", "2"), locking::save_pair(lock, "3", "4"));
    });
    BOOST_TEST((saved == Order{"1", "2", "3", "4"}));
}

BOOST_AUTO_TEST_CASE(workers_do_all_that_is_put_into_their_queue) {
    run(queueing::crawl);
    BOOST_TEST(shown.size() == 10U);
    BOOST_TEST(std::count(shown.begin(), shown.end(), "page /10") == 1);
}

BOOST_AUTO_TEST_CASE(periodic_callbacks_and_timeouts_can_be_made_and_taken_back) {
    std::optional<ioloop::PeriodicCallback> saving;
    again_and_again(loop, saving);
    BOOST_TEST(saving->is_running());
}

BOOST_AUTO_TEST_CASE(another_thread_hands_its_values_to_the_loop) {
    queues::Queue<std::string> values;
    const auto sensor = watch_sensor(loop, values);
    run([&]() -> Future<void> {
        show(co_await values.get());
        show(co_await values.get());
    });
    BOOST_TEST((shown == Order{"warm", "warm"}));
}

BOOST_AUTO_TEST_CASE(blocking_work_is_done_on_other_threads) {
    run(on_other_threads, loop, "secret");
    executors::Passwords passwords;
    run([&]() -> Future<void> { show(co_await passwords.hash("secret")); });
    BOOST_TEST((shown == Order{"hash of secret", "hash of secret"}));
}

BOOST_AUTO_TEST_CASE(the_safe_forms_are_safe) {
    run(safe_1, "a name that needs memory of its own");
    run(safe_2, loop, "a text that needs memory of its own");
    run(safe_3, true, "a text that needs memory of its own");
    run(safe_3, false, "");
    run([] { return safe_5::greet("a name that needs memory of its own"); });
    run(safe_7::greet);
    BOOST_TEST(
        (saved ==
         Order{
             "a name that needs memory of its own",
             "ok a text that needs memory of its own",
             "error"})
    );
    BOOST_TEST(
        (shown ==
         Order{
             "hash of a text that needs memory of its own",
             "a name that needs memory of its own",
             "welcome back"})
    );
}

BOOST_AUTO_TEST_CASE(a_lambda_whose_body_owns_its_arguments_may_die) {
    safe_4(std::make_shared<Connection>());
    run_until_saved(1);
    BOOST_TEST((saved == Order{"ping"}));
}

BOOST_AUTO_TEST_CASE(what_a_catch_block_has_noted_is_acted_on_after_it) {
    run(safe_6);
    BOOST_TEST((shown == Order{"page /mirror"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace async_guide
