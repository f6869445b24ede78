#include <tornado/stack_context.hpp>

#include <boost/test/unit_test.hpp>
#include <mutex>

#include "support.hpp"

namespace {

namespace stack_context = tornado::stack_context;

constexpr stack_context::Key<std::string> request_id;

std::string current_id() {
    const auto* const value = stack_context::get(request_id);
    return value != nullptr ? *value : "-";
}

std::string current_label() {
    const auto* const label = stack_context::label();
    return label != nullptr ? *label : "-";
}

/// What a program that logs request identifiers adds to the log.
class LineKeeper final : public logging::Handler {
public:
    void emit(const logging::Record& record) override {
        const std::lock_guard lock{mutex_};
        lines_.push_back(formatter_.format(record));
    }
    [[nodiscard]] Events lines() const { return lines_; }

private:
    const logging::LogFormatter formatter_{
        {.color = false,
         .fields = {{"label", &current_label}, {"request_id", &current_id}},
         .format = "{request_id} {label}: {message}"}};
    std::mutex mutex_;
    Events lines_;
};

struct LoggingTest : WebTest {
    LoggingTest() {
        logging::app_log().set_level(logging::Level::info);
        logging::add_handler(keeper);
    }
    ~LoggingTest() override {
        logging::remove_handler(keeper);
        logging::app_log().clear_level();
    }
    std::shared_ptr<LineKeeper> keeper = std::make_shared<LineKeeper>();
};

Future<void> load() {
    logging::app_log().info("loading");
    co_await gen::sleep(1ms);
    logging::app_log().info("loaded");
}

/// A handler whose every log line carries its request's identifier.
struct TracedHandler : web::RequestHandler {
    Future<void> get() {
        const stack_context::StackContext context{request_id, get_argument("id")};
        logging::app_log().info("begins");
        co_await load();
        logging::app_log().info("ends");
        write("done");
    }
};

BOOST_AUTO_TEST_SUITE(stack_context_in_handlers)

BOOST_FIXTURE_TEST_CASE(
    every_log_line_of_a_coroutine_handler_carries_its_requests_id,
    LoggingTest
) {
    serve<TracedHandler>();
    BOOST_TEST(get("/?id=r1").body == "done");
    BOOST_TEST(get("/?id=r2").body == "done");
    Events expected;
    for (const std::string id : {"r1", "r2"}) {
        for (const std::string message : {"begins", "loading", "loaded", "ends"}) {
            expected.push_back(id + " TracedHandler /: " + message);
        }
    }
    auto lines = keeper->lines();
    for (auto& line : lines) {
        // The label's type has its namespace in front.
        if (const auto begin = line.find(' ') + 1; line.find("TracedHandler") != line.npos) {
            line.erase(begin, line.find("TracedHandler") - begin);
        }
    }
    BOOST_TEST(joined(lines) == joined(expected));
}

/// Gives each request to the application under a context of its own.
class Middleware final : public httputil::HTTPServerConnectionDelegate {
public:
    explicit Middleware(std::shared_ptr<web::Application> application)
        : application_{std::move(application)} {}

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Delegate>(
            application_->start_request(exchange), "request " + std::to_string(++count_)
        );
    }

private:
    class Delegate final : public httputil::HTTPMessageDelegate {
    public:
        Delegate(std::unique_ptr<httputil::HTTPMessageDelegate> inner, std::string id)
            : inner_{std::move(inner)},
              id_{std::move(id)} {}
        Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
            override {
            return inner_->headers_received(head, target);
        }
        Future<void> data_received(std::string_view chunk) override {
            return inner_->data_received(chunk);
        }
        void finish() override {
            const stack_context::StackContext context{request_id, id_};
            inner_->finish();
        }
        void on_connection_close() override { inner_->on_connection_close(); }

    private:
        std::unique_ptr<httputil::HTTPMessageDelegate> inner_;
        std::string id_;
    };

    std::shared_ptr<web::Application> application_;
    int count_ = 0;
};

struct MiddlewareTest : WebTest {
    App get_app() override {
        return std::make_shared<Middleware>(
            std::make_shared<web::Application>(std::move(routes), std::move(settings))
        );
    }
};

struct HookedHandler : web::RequestHandler {
    explicit HookedHandler(Events& seen) : events{seen} {}
    Future<void> prepare() {
        co_await gen::sleep(1ms);
        events.push_back("prepare: " + current_id());
    }
    Future<void> get() {
        co_await gen::sleep(1ms);
        events.push_back("get: " + current_id());
    }
    void on_finish() override { events.push_back("on_finish: " + current_id()); }
    Events& events;
};

BOOST_FIXTURE_TEST_CASE(what_is_set_around_a_request_is_there_to_its_end, MiddlewareTest) {
    Events events;
    serve<HookedHandler>(std::ref(events));
    get();
    get();
    BOOST_TEST(
        joined(events) ==
        "prepare: request 1 get: request 1 on_finish: request 1 "
        "prepare: request 2 get: request 2 on_finish: request 2"
    );
}

BOOST_FIXTURE_TEST_CASE(a_handlers_context_ends_with_its_request, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            write(current_id());
            const stack_context::StackContext context{request_id, "mine"};
            write(current_id());
        }
    };
    serve<Handler>();
    const auto answers = get().body + " " + get().body;
    BOOST_TEST(answers == "-mine -mine");
}

BOOST_FIXTURE_TEST_CASE(an_exception_of_a_later_callback_can_be_made_the_answer, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            const stack_context::ExceptionStackContext context{[this](std::exception_ptr error) {
                done.set_exception(std::move(error));
                return true;
            }};
            auto& loop = tornado::ioloop::IOLoop::current();
            loop.add_callback([&loop] {
                loop.add_callback([] { throw std::runtime_error{"third layer"}; });
            });
            co_await done.future();
        }
        Promise<void> done;
    };
    serve<Handler>();
    const auto expected = expect_uncaught("third layer");
    BOOST_TEST(get().code == 500);
}

struct LeavesSomethingBehind : web::RequestHandler {
    LeavesSomethingBehind(Promise<void>& gate, std::string& seen) : go_on{gate}, label{seen} {}
    void get() {
        go_on.future().add_done_callback([&seen = label] { seen = current_label(); });
    }
    Promise<void>& go_on;
    std::string& label;
};

BOOST_AUTO_TEST_CASE(what_a_handler_leaves_behind_keeps_its_label_when_the_application_has_gone) {
    testing::AsyncTestCase test;
    Promise<void> go_on;
    std::string label;
    {
        web::Application application{{web::url<LeavesSomethingBehind>(
            "/so/long/that/it/is/on/the/heap", std::ref(go_on), std::ref(label)
        )}};
        auto& server = application.listen(0, {.address = "127.0.0.1"});
        testing::RawConnection connection{
            test, tornado::netutil::Address{"127.0.0.1", server.port()}};
        connection.send(request_for("/so/long/that/it/is/on/the/heap"));
        BOOST_TEST(connection.read_response().code == 200);
    }
    go_on.set_result();
    test.run([] { return gen::sleep(1ms); });
    BOOST_TEST(label.ends_with("LeavesSomethingBehind /so/long/that/it/is/on/the/heap"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
