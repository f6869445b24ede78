#include <tornado/ioloop/loop_guest.hpp>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "../loop_fixture.hpp"
#include "support.hpp"
#include "tornado/ioloop/asio_context.hpp"

namespace {

using tornado::Future;
using tornado::ioloop::Events;
using tornado::ioloop::IOLoop;
using tornado::ioloop::LoopGuest;
using namespace std::chrono_literals;

/// Keeps a diary of the loop.
struct Diarist final : LoopGuest {
    explicit Diarist(IOLoop& loop) : LoopGuest{loop} {}

    void turn_begins() noexcept override { diary += "("; }
    void turn_ends() noexcept override {
        diary += ")";
        if (at_end) {
            at_end();
        }
    }
    void host_closes() noexcept override { diary += "closed"; }

    using LoopGuest::host;
    using LoopGuest::leave;
    std::string diary;
    std::function<void()> at_end;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(loop_guest, LoopFixture)

BOOST_AUTO_TEST_CASE(every_turn_has_a_beginning_and_an_end) {
    Diarist guest{loop};
    Pipe pipe;
    const auto note = [&](const char* what) { guest.diary += what; };
    loop.add_handler(
        pipe.reader(),
        [&](int fd, Events) {
            note("descriptor");
            loop.remove_handler(fd);
            loop.stop();
        },
        Events::read
    );
    loop.call_later(1ms, [&] {
        note("timeout");
        std::thread{[&] {
            loop.add_callback([&] {
                note("thread");
                pipe.put();
            });
        }}.join();
    });
    loop.add_callback([&] { note("callback"); });
    loop.start();
    for (const auto* turn : {"(callback)", "(timeout)", "(thread)", "(descriptor)"}) {
        BOOST_TEST(guest.diary.find(turn) != std::string::npos, turn << " in " << guest.diary);
    }
    BOOST_TEST(guest.diary.find("((") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_looks_before_the_loop_first_waits) {
    Diarist guest{loop};
    guest.at_end = [&] { loop.stop(); };
    loop.start();
    BOOST_TEST(guest.diary.starts_with("()"));
}

BOOST_AUTO_TEST_CASE(what_it_adds_at_the_end_of_a_turn_runs) {
    Diarist guest{loop};
    int left = 3;
    guest.at_end = [&] {
        if (left-- > 0) {
            loop.add_callback([&] { guest.diary += "x"; });
        } else {
            loop.call_later(1ms, [&] { loop.stop(); });
            guest.at_end = nullptr;
        }
    };
    loop.start();
    BOOST_TEST(std::ranges::count(guest.diary, 'x') == 3);
}

BOOST_AUTO_TEST_CASE(guests_come_and_go_at_any_time) {
    auto first = std::make_unique<Diarist>(loop);
    auto second = std::make_unique<Diarist>(loop);
    std::unique_ptr<Diarist> third;
    first->at_end = [&] {
        second.reset();
        third = std::make_unique<Diarist>(loop);
        third->at_end = [&] { loop.stop(); };
        first->leave();
    };
    loop.start();
    BOOST_TEST(second == nullptr);
    BOOST_TEST(third->diary.ends_with(")"));
    BOOST_TEST((first->host() == nullptr));
    third->at_end = nullptr;
    const auto diary = first->diary;
    turns(2);
    BOOST_TEST(first->diary == diary);
}

BOOST_AUTO_TEST_CASE(it_hears_of_the_loops_end_and_may_outlive_it) {
    auto short_lived = std::make_unique<IOLoop>();
    Diarist guest{*short_lived};
    short_lived.reset();
    BOOST_TEST(guest.diary == "closed");
    BOOST_TEST((guest.host() == nullptr));
}

BOOST_AUTO_TEST_CASE(a_closed_loop_takes_none) {
    loop.close();
    BOOST_CHECK_THROW(Diarist{loop}, std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_guest_is_no_work_for_an_io_context_of_the_programs_own) {
    boost::asio::io_context context;
    const auto borrowed = tornado::asio::borrow(context);
    Diarist guest{*borrowed};
    context.run();
    BOOST_TEST(guest.diary == "()");
}

BOOST_AUTO_TEST_SUITE_END()
