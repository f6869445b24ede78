#include <tornado/ioloop/signal_callback.hpp>

#include <pthread.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <thread>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/ioloop.hpp"
#include "tornado/stack_context.hpp"

namespace {

namespace gen = tornado::gen;
namespace stack_context = tornado::stack_context;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::ioloop::SignalCallback;

std::atomic<SignalCallback*> asked_for = nullptr;

extern "C" void on_signal(int) {
    IOLoop::add_callback_from_signal(*asked_for);
}

/// Has SIGUSR1 ask for a callback while it lives.
class Signalled {
public:
    explicit Signalled(SignalCallback& callback) {
        asked_for = &callback;
        struct sigaction action {};
        action.sa_handler = &on_signal;
        ::sigaction(SIGUSR1, &action, &former_);
    }
    ~Signalled() { ::sigaction(SIGUSR1, &former_, nullptr); }
    Signalled(const Signalled&) = delete;
    Signalled& operator=(const Signalled&) = delete;

private:
    struct sigaction former_ {};
};

BOOST_AUTO_TEST_SUITE(signal_callback)

BOOST_AUTO_TEST_CASE(runs_in_the_loop_and_not_in_the_handler) {
    IOLoop loop;
    bool raised = false;
    SignalCallback callback{loop, [&] {
                                BOOST_TEST(raised);
                                loop.stop();
                            }};
    const Signalled signalled{callback};
    loop.add_callback([&] {
        std::raise(SIGUSR1);
        raised = true;
    });
    loop.start();
    BOOST_TEST(raised);
}

BOOST_AUTO_TEST_CASE(wakes_a_loop_that_waits) {
    IOLoop loop;
    bool ran = false;
    SignalCallback callback{loop, [&] {
                                ran = true;
                                loop.stop();
                            }};
    const Signalled signalled{callback};
    const auto thread = ::pthread_self();
    std::thread other;
    loop.add_callback([&] { other = std::thread{[&] { ::pthread_kill(thread, SIGUSR1); }}; });
    loop.start();
    other.join();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(a_request_before_the_start_is_not_lost) {
    IOLoop loop;
    bool ran = false;
    SignalCallback callback{loop, [&] {
                                ran = true;
                                loop.stop();
                            }};
    const Signalled signalled{callback};
    std::raise(SIGUSR1);
    loop.start();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(runs_once_for_each_request_however_many_come) {
    IOLoop loop;
    const int most = 1000;
    int runs = 0;
    SignalCallback callback{loop, [&] {
                                if (++runs == most) {
                                    loop.stop();
                                }
                            }};
    const Signalled signalled{callback};
    for (int i = 0; i < most; ++i) {
        std::raise(SIGUSR1);
    }
    loop.start();
    for (int i = 0; i < 3; ++i) {
        loop.run_sync([] {});
    }
    BOOST_TEST(runs == most);
}

BOOST_AUTO_TEST_CASE(lets_the_others_have_their_turn_between_two_runs) {
    IOLoop loop;
    Order order;
    SignalCallback callback{loop, [&] {
                                order.push_back("signal");
                                loop.add_callback([&] { order.push_back("callback"); });
                            }};
    callback.trigger();
    callback.trigger();
    while (order.size() < 4) {
        loop.run_sync([] {});
    }
    BOOST_TEST((order == Order{"signal", "callback", "signal", "callback"}));
}

BOOST_AUTO_TEST_CASE(what_it_throws_is_logged_and_it_stays) {
    LogCapture log;
    IOLoop loop;
    int runs = 0;
    SignalCallback callback{loop, [&] {
                                if (++runs == 2) {
                                    loop.stop();
                                }
                                throw std::runtime_error{"after the signal"};
                            }};
    const Signalled signalled{callback};
    std::raise(SIGUSR1);
    std::raise(SIGUSR1);
    loop.start();
    BOOST_TEST(log.count("after the signal") == 2);
}

BOOST_AUTO_TEST_CASE(a_coroutine_keeps_its_closure_until_it_ends) {
    IOLoop loop;
    bool ended = false;
    std::optional<SignalCallback> callback;
    const auto token = std::make_shared<int>(7);
    callback.emplace(loop, [&, token]() -> Future<void> {
        callback.reset();
        co_await gen::moment();
        ended = *token == 7;
        loop.stop();
    });
    callback->trigger();
    loop.start();
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(runs_in_the_context_in_which_it_was_made) {
    IOLoop loop;
    const std::string mine = "reload";
    const std::string others = "request";
    const std::string* seen = nullptr;
    std::optional<SignalCallback> callback;
    {
        const stack_context::LabelScope scope{mine};
        callback.emplace(loop, [&] {
            seen = stack_context::label();
            loop.stop();
        });
    }
    const Signalled signalled{*callback};
    loop.add_callback([&] {
        const stack_context::LabelScope scope{others};
        std::raise(SIGUSR1);
    });
    loop.start();
    BOOST_TEST(seen == &mine);
}

BOOST_AUTO_TEST_CASE(leaves_errno_alone) {
    IOLoop loop;
    SignalCallback callback{loop, [] {}};
    const Signalled signalled{callback};
    loop.close();
    errno = EDOM;
    std::raise(SIGUSR1);
    BOOST_TEST(errno == EDOM);
}

BOOST_AUTO_TEST_CASE(may_outlive_its_loop_which_drops_the_callable) {
    const auto token = std::make_shared<int>(0);
    std::optional<IOLoop> loop{std::in_place};
    SignalCallback callback{*loop, [token] { ++*token; }};
    callback.trigger();
    BOOST_TEST(token.use_count() == 2);
    loop.reset();
    BOOST_TEST(token.use_count() == 1);
    callback.trigger();
    BOOST_TEST(*token == 0);
}

BOOST_AUTO_TEST_CASE(of_one_that_is_gone_nothing_runs) {
    IOLoop loop;
    bool ran = false;
    {
        SignalCallback callback{loop, [&] { ran = true; }};
        callback.trigger();
    }
    for (int i = 0; i < 3; ++i) {
        loop.run_sync([] {});
    }
    BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(a_closed_loop_takes_none) {
    IOLoop loop;
    loop.close();
    BOOST_CHECK_THROW(SignalCallback(loop, [] {}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(several_threads_may_ask_at_once) {
    IOLoop loop;
    constexpr int each = 200;
    int runs = 0;
    SignalCallback callback{loop, [&] {
                                if (++runs == 2 * each) {
                                    loop.stop();
                                }
                            }};
    const auto ask = [&] {
        for (int i = 0; i < each; ++i) {
            callback.trigger();
        }
    };
    std::thread one{ask};
    std::thread two{ask};
    loop.start();
    one.join();
    two.join();
    BOOST_TEST(runs == 2 * each);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
