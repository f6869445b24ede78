#include <tornado/web/task_group.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"

namespace {

struct TaskTest : WebTest {
    App get_app() override {
        app = std::make_shared<web::Application>(routes, std::move(settings));
        return app;
    }
    web::TaskGroup& tasks() {
        static_cast<void>(get_http_port());
        return app->tasks();
    }

    std::shared_ptr<web::Application> app;
    Events events;
};

/// Notes how it ends.
Future<void> work(Events& events, std::chrono::milliseconds time) {
    events.push_back("begun");
    try {
        co_await gen::sleep(time);
        events.push_back("done");
    } catch (const CancelledError&) {
        events.push_back("cancelled");
        throw;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(task_group)

BOOST_FIXTURE_TEST_CASE(goes_on_behind_the_response, TaskTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        void post() {
            application().tasks().spawn(work, std::ref(events), 1ms);
            set_status(202);
        }
        void on_finish() override { events.push_back("on_finish"); }
        Events& events;
    };
    serve<Handler>(std::ref(events));
    BOOST_TEST(post("").code == 202);
    run([&] { return tasks().join(); });
    BOOST_TEST(joined(events) == "begun on_finish done");
    BOOST_TEST(tasks().size() == 0u);
}

BOOST_FIXTURE_TEST_CASE(takes_futures_and_callables_of_any_kind, TaskTest) {
    const auto seven = []() -> Future<int> {
        co_await gen::moment();
        co_return 7;
    };
    tasks().spawn(seven());
    tasks().spawn(seven);
    tasks().spawn(Future<void>::ready());
    tasks().spawn([this] { events.push_back("called"); });
    tasks().spawn(
        [this](std::unique_ptr<int> number) { events.push_back(std::to_string(*number)); },
        std::make_unique<int>(8)
    );
    // What a coroutine captures lives as long as it goes on.
    tasks().spawn([this, text = std::string(100, 'x')]() -> Future<void> {
        co_await gen::moment();
        events.push_back(text.substr(0, 1));
    });
    BOOST_TEST(tasks().size() == 6u);
    run([&] { return tasks().join(); });
    BOOST_TEST(joined(events) == "called 8 x");
}

BOOST_FIXTURE_TEST_CASE(logs_what_a_task_throws, TaskTest) {
    const testing::ExpectLog first{logging::app_log(), "background task: std::runtime_error: one"};
    const testing::ExpectLog second{logging::app_log(), "background task: std::runtime_error: two"};
    tasks().spawn([]() -> Future<void> {
        co_await gen::moment();
        throw std::runtime_error{"one"};
    });
    tasks().spawn([] { throw std::runtime_error{"two"}; });
    run([&] { return tasks().join(); });
}

BOOST_FIXTURE_TEST_CASE(is_waited_for_by_a_drain, TaskTest) {
    tasks().spawn([this]() -> Future<void> {
        co_await work(events, 2ms);
        app->tasks().spawn(work, std::ref(events), 1ms);
    });
    run([&] { return app->drain(); });
    BOOST_TEST(joined(events) == "begun done begun done");
}

BOOST_FIXTURE_TEST_CASE(is_waited_for_when_a_request_that_is_drained_spawns_it, TaskTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        Future<void> get() {
            events.push_back("get");
            co_await gen::sleep(2ms);
            application().tasks().spawn(work, std::ref(events), 2ms);
        }
        Events& events;
    };
    serve<Handler>(std::ref(events));
    static_cast<void>(get_http_port());
    auto& server = app->listen(0, {.address = "127.0.0.1"});
    testing::RawConnection connection{*this, tornado::netutil::Address{"127.0.0.1", server.port()}};
    connection.send(request_for("/"));
    run([&]() -> Future<void> {
        while (events.empty()) {
            co_await gen::moment();
        }
    });
    const auto drained = app->drain();
    BOOST_TEST(connection.read_response().code == 200);
    connection.close();
    run([&] { return drained; });
    BOOST_TEST(joined(events) == "get begun done");
}

BOOST_FIXTURE_TEST_CASE(is_cancelled_at_the_drains_deadline, TaskTest) {
    testing::VirtualTime time{io_loop()};
    const testing::ExpectLog expected{logging::gen_log(), "1 background tasks are cancelled"};
    tasks().spawn(work, std::ref(events), 1h);
    run([&] { return app->drain(2s, 3s); });
    BOOST_TEST(joined(events) == "begun cancelled");
    BOOST_TEST((time.elapsed() == 5s));
}

BOOST_FIXTURE_TEST_CASE(that_does_not_heed_that_is_left_behind, TaskTest) {
    testing::VirtualTime time{io_loop()};
    const testing::ExpectLog cancelled{logging::gen_log(), "1 background tasks are cancelled"};
    const testing::ExpectLog left{logging::gen_log(), "1 background tasks do not heed that"};
    tasks().spawn([]() -> Future<void> {
        for (int i = 0; i < 100; ++i) {
            try {
                co_await gen::sleep(1h);
            } catch (const CancelledError&) {
            }
        }
    });
    run([&] { return app->drain(0s, 3s); });
    BOOST_TEST((time.elapsed() == 4s));
}

BOOST_FIXTURE_TEST_CASE(that_comes_after_the_deadline_is_cancelled_at_once, TaskTest) {
    tasks().cancel();
    tasks().spawn(work, std::ref(events), 1h);
    run([&] { return tasks().join(); });
    BOOST_TEST(joined(events) == "begun cancelled");
}

BOOST_FIXTURE_TEST_CASE(is_cancelled_when_the_group_goes, TaskTest) {
    {
        web::TaskGroup group;
        group.spawn(work, std::ref(events), 1h);
    }
    run([&]() -> Future<void> {
        while (events.size() < 2) {
            co_await gen::moment();
        }
    });
    BOOST_TEST(joined(events) == "begun cancelled");
}

BOOST_FIXTURE_TEST_CASE(goes_with_the_loop, TaskTest) {
    tasks().spawn(work, std::ref(events), 1h);
}  // the test's end closes the loop before the application goes

BOOST_AUTO_TEST_SUITE_END()
