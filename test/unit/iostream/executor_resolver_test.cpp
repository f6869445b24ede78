#include <tornado/iostream/executor_resolver.hpp>

#include <netdb.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tornado/netutil.hpp>
#include <vector>

#include "support.hpp"
#include "system_lookup.hpp"

namespace data = boost::unit_test::data;

namespace {

using tornado::CancelledError;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::netutil::Address;
using tornado::netutil::BlockingResolver;
using tornado::netutil::ExecutorResolver;
using tornado::netutil::Family;
using tornado::netutil::Resolver;
using tornado::netutil::ResolverErrc;
using tornado::netutil::ThreadedResolver;

using Addresses = Resolver::Addresses;

std::shared_ptr<Resolver> make_resolver(const std::string& kind) {
    if (kind == "blocking") {
        return std::make_shared<BlockingResolver>();
    }
    if (kind == "loop's executor") {
        return std::make_shared<ExecutorResolver>(nullptr);
    }
    if (kind == "own threads") {
        return std::make_shared<ThreadedResolver>(2);
    }
    if (kind == "executor") {
        return std::make_shared<ExecutorResolver>(
            std::make_shared<tornado::ioloop::ThreadPoolExecutor>(2)
        );
    }
    return std::make_shared<ThreadedResolver>();
}

const std::string kinds[] = {"threads", "own threads", "executor", "loop's executor", "blocking"};

struct LoopFixture {
    template <typename F>
    auto run(F&& function) {
        return loop.run_sync(std::forward<F>(function), much_too_long);
    }
    Addresses resolve(Resolver& resolver, const std::string& host, Family family = Family::any) {
        return run([&] { return resolver.resolve(host, 80, family); });
    }
    /// The code that it fails with; `what` gets its text.
    std::error_code failure(Resolver& resolver, const std::string& host, std::string& what) {
        try {
            static_cast<void>(resolve(resolver, host));
        } catch (const std::system_error& error) {
            what = error.what();
            return error.code();
        }
        throw std::logic_error{"it can be resolved"};
    }
    void turns() {
        run([]() -> Future<void> {
            for (int i = 0; i < 20; ++i) {
                co_await tornado::gen::moment();
            }
        });
    }

    IOLoop loop;
};

BOOST_FIXTURE_TEST_SUITE(executor_resolver, LoopFixture)

BOOST_DATA_TEST_CASE_F(LoopFixture, localhost_is_this_machine, data::make(kinds), kind) {
    const auto resolver = make_resolver(kind);
    const auto found = resolve(*resolver, "localhost", Family::ipv4);
    BOOST_TEST((found == Addresses{Address("127.0.0.1", 80)}));
    for (const auto& address : resolve(*resolver, "localhost")) {
        BOOST_TEST((address.host() == "127.0.0.1" || address.host() == "::1"));
        BOOST_TEST(address.port() == 80);
    }
}

BOOST_DATA_TEST_CASE_F(LoopFixture, numeric_hosts_are_done_at_once, data::make(kinds), kind) {
    const auto resolver = make_resolver(kind);
    run([&] {
        const auto found = resolver->resolve("192.0.2.55", 81);
        BOOST_TEST(found.done());
        BOOST_TEST((found.result() == Addresses{Address("192.0.2.55", 81)}));
        BOOST_TEST((resolver->resolve("::1", 81).result() == Addresses{Address("::1", 81)}));
    });
    BOOST_TEST(SystemLookup::instance().calls("192.0.2.55") == 0);
}

BOOST_DATA_TEST_CASE_F(
    LoopFixture,
    an_unknown_host_is_named_in_the_error,
    data::make(kinds),
    kind
) {
    const auto resolver = make_resolver(kind);
    SystemLookup::instance().fail("nowhere.test", EAI_NONAME);
    std::string what;
    BOOST_TEST((failure(*resolver, "nowhere.test", what) == ResolverErrc::name_not_known));
    BOOST_TEST(what == "cannot resolve \"nowhere.test\": Name or service not known");
}

BOOST_AUTO_TEST_CASE(each_reason_of_the_system_has_its_code) {
    BlockingResolver resolver;
    const auto code_for = [&](int reason, int system_error = 0) {
        SystemLookup::instance().fail("failing.test", reason, system_error);
        std::string what;
        return failure(resolver, "failing.test", what);
    };
    BOOST_TEST((code_for(EAI_NONAME) == ResolverErrc::name_not_known));
    BOOST_TEST((code_for(EAI_NODATA) == ResolverErrc::no_address));
    BOOST_TEST((code_for(EAI_ADDRFAMILY) == ResolverErrc::no_address));
    BOOST_TEST((code_for(EAI_AGAIN) == ResolverErrc::temporary_failure));
    BOOST_TEST((code_for(EAI_FAIL) == ResolverErrc::failure));
    BOOST_TEST((code_for(EAI_SERVICE) == ResolverErrc::failure));
    BOOST_TEST((code_for(EAI_MEMORY) == std::errc::not_enough_memory));
    BOOST_TEST((code_for(EAI_SYSTEM, EACCES) == std::errc::permission_denied));
}

BOOST_AUTO_TEST_CASE(a_numeric_host_of_the_other_family_has_no_address) {
    BlockingResolver resolver;
    BOOST_CHECK_THROW(resolve(resolver, "127.0.0.1", Family::ipv6), std::system_error);
    BOOST_CHECK_THROW(resolve(resolver, "::1", Family::ipv4), std::system_error);
}

BOOST_AUTO_TEST_CASE(the_loop_goes_on_while_a_name_server_is_silent) {
    SlowNameServer server;
    ThreadedResolver resolver;
    const auto found = run([&]() -> Future<Addresses> {
        auto slow = resolver.resolve("slow.test", 80);
        co_await tornado::gen::moment();
        BOOST_TEST(!slow.done());
        server.answer();
        co_return co_await std::move(slow);
    });
    BOOST_TEST((found == Addresses{Address("127.0.0.1", 80)}));
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_ends_at_once_and_its_late_answer_is_dropped) {
    SlowNameServer server;
    ThreadedResolver resolver;
    run([&]() -> Future<void> {
        const auto slow = resolver.resolve("slow-cancelled.test", 80);
        SystemLookup::instance().await_call("slow-cancelled.test");
        BOOST_TEST(slow.cancel());
        BOOST_TEST(slow.cancelled());
        server.answer();
        // By the time that this one is answered, the former's answer has come as well.
        ThreadedResolver one_thread{1};
        co_await one_thread.resolve("after.test", 80);
        BOOST_TEST(slow.cancelled());
    });
    turns();
}

BOOST_AUTO_TEST_CASE(a_cancelled_coroutine_leaves_its_look_up) {
    SlowNameServer server;
    ThreadedResolver resolver;
    bool cancelled = false;
    run([&]() -> Future<void> {
        const auto caller = [](ThreadedResolver& its, bool& was_cancelled) -> Future<void> {
            try {
                co_await its.resolve("slow-too.test", 80);
            } catch (const CancelledError&) {
                was_cancelled = true;
            }
        };
        const auto call = caller(resolver, cancelled);
        call.cancel();
        co_await call;
    });
    BOOST_TEST(cancelled);
}

BOOST_AUTO_TEST_CASE(a_call_that_is_cancelled_before_its_turn_never_begins) {
    SlowNameServer server;
    ThreadedResolver resolver{1};
    run([&]() -> Future<void> {
        auto first = resolver.resolve("slow-first.test", 80);
        const auto second = resolver.resolve("second.test", 80);
        auto third = resolver.resolve("third.test", 80);
        SystemLookup::instance().await_call("slow-first.test");
        BOOST_TEST(second.cancel());
        server.answer();
        co_await std::move(first);
        co_await std::move(third);
    });
    BOOST_TEST(SystemLookup::instance().calls("second.test") == 0);
    BOOST_TEST(SystemLookup::instance().calls("third.test") == 1);
}

BOOST_AUTO_TEST_CASE(no_more_threads_are_at_work_than_allowed) {
    SlowNameServer server;
    ThreadedResolver resolver{2};
    run([&]() -> Future<void> {
        auto one = resolver.resolve("slow-1.test", 80);
        auto two = resolver.resolve("slow-2.test", 80);
        auto three = resolver.resolve("slow-3.test", 80);
        SystemLookup::instance().await_call("slow-1.test");
        SystemLookup::instance().await_call("slow-2.test");
        BOOST_TEST(SystemLookup::instance().calls("slow-3.test") == 0);
        server.answer();
        co_await std::move(one);
        co_await std::move(two);
        co_await std::move(three);
    });
}

BOOST_AUTO_TEST_CASE(a_resolver_without_threads_is_refused) {
    BOOST_CHECK_THROW(ThreadedResolver{0}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_closed_resolver_says_so) {
    ThreadedResolver resolver;
    resolver.close();
    BOOST_CHECK_THROW(resolve(resolver, "localhost"), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(threaded_resolver)

BOOST_AUTO_TEST_CASE(the_end_of_a_loop_waits_for_no_name_server) {
    SlowNameServer server;
    {
        IOLoop loop;
        ThreadedResolver shared;
        ThreadedResolver own{1};
        loop.run_sync([&] {
            shared.resolve("slow-at-the-end.test", 80).ignore();
            own.resolve("slow-at-the-end-too.test", 80).ignore();
        });
        SystemLookup::instance().await_call("slow-at-the-end.test");
        SystemLookup::instance().await_call("slow-at-the-end-too.test");
    }
    server.answer();  // the loop has gone; the answers find nobody
    IOLoop next;
    ThreadedResolver resolver;
    BOOST_TEST(
        next.run_sync([&] { return resolver.resolve("next.test", 80); }, much_too_long).size() == 1U
    );
}

BOOST_AUTO_TEST_CASE(a_resolver_may_go_before_its_answer) {
    SlowNameServer server;
    IOLoop loop;
    const auto found = loop.run_sync(
        [&]() -> Future<Addresses> {
            auto resolver = std::make_unique<ThreadedResolver>(1);
            auto slow = resolver->resolve("slow-orphan.test", 80);
            auto waiting = resolver->resolve("orphan.test", 80);
            SystemLookup::instance().await_call("slow-orphan.test");
            resolver.reset();
            server.answer();
            bool dropped = false;
            try {
                co_await std::move(waiting);
            } catch (const CancelledError&) {
                dropped = true;
            }
            BOOST_TEST(dropped);
            co_return co_await std::move(slow);
        },
        much_too_long
    );
    BOOST_TEST(found.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_name_that_could_not_be_asked_for_is_not_kept_as_unknown, LoopFixture) {
    ThreadedResolver resolver;
    SystemLookup::instance().fail("unasked.test", EAI_NONAME, EMFILE);
    BOOST_CHECK_EXCEPTION(
        resolve(resolver, "unasked.test"),
        std::system_error,
        [](const std::system_error& error) {
            return error.code() == std::errc::too_many_files_open;
        }
    );
    SystemLookup::instance().fail("unasked.test", 0);
    BOOST_TEST(resolve(resolver, "unasked.test").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_forked_process_has_threads_of_its_own) {
    SlowNameServer server;
    ThreadedResolver own{1};
    ThreadedResolver shared;
    auto loop = std::make_unique<IOLoop>();
    loop->run_sync([&] {
        own.resolve("slow-in-parent.test", 80).ignore();
        shared.resolve("slow-in-parent-too.test", 80).ignore();
    });
    SystemLookup::instance().await_call("slow-in-parent.test");
    SystemLookup::instance().await_call("slow-in-parent-too.test");
    loop.reset();
    const auto child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        SystemLookup::begin_anew_in_child();
        int status = 1;
        try {
            IOLoop mine;
            const auto size_of = [&mine](Resolver& resolver) {
                return mine
                    .run_sync([&] { return resolver.resolve("child.test", 80); }, much_too_long)
                    .size();
            };
            status = size_of(own) == 1 && size_of(shared) == 1 ? 7 : 2;
        } catch (const std::exception&) {
            status = 3;
        }
        ::_exit(status);
    }
    int status = 0;
    BOOST_TEST(::waitpid(child, &status, 0) == child);
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 7));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
