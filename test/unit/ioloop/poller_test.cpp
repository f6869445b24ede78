#include <tornado/ioloop/poller.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "support.hpp"

namespace {

using tornado::ioloop::Events;
using tornado::ioloop::Poller;
using tornado::ioloop::Watcher;

/// Notes what it is told.
struct Noting final : Watcher {
    Noting()
        : Watcher{[](Watcher& self, Events ready) {
              auto& noting = static_cast<Noting&>(self);
              noting.told.push_back(ready);
              if (noting.then) {
                  noting.then();
              }
          }} {}

    std::vector<Events> told;
    std::function<void()> then;
};

/// A poller without a loop.
struct Fixture {
    /// Tells of what is ready; returns how many descriptors were.
    std::size_t poll() {
        const auto count = poller.fetch();
        for (std::size_t i = 0; i < count; ++i) {
            poller.tell(i);
        }
        return count;
    }

    std::optional<int> started;
    bool busy = false;
    Poller poller{
        [](void* self, int fd) { static_cast<Fixture*>(self)->started = fd; },
        [](void* self, bool is_busy) { static_cast<Fixture*>(self)->busy = is_busy; },
        this};
    Pipe pipe;
    Noting watcher;
};

BOOST_FIXTURE_TEST_SUITE(poller, Fixture)

BOOST_AUTO_TEST_CASE(starts_with_its_first_descriptor) {
    BOOST_TEST(!started);
    poller.add(watcher, pipe.reader(), Events::read);
    BOOST_REQUIRE(started);
    BOOST_TEST(::fcntl(*started, F_GETFD) == FD_CLOEXEC);
}

BOOST_AUTO_TEST_CASE(tells_whether_there_is_anything_to_watch) {
    poller.add(watcher, pipe.reader(), Events::read);
    BOOST_TEST(busy);
    poller.change(watcher, Events::none);
    BOOST_TEST(busy);
    poller.remove(watcher);
    BOOST_TEST(!busy);
    poller.remove(watcher);
    poller.add(watcher, pipe.reader(), Events::read);
    BOOST_TEST(busy);
}

BOOST_AUTO_TEST_CASE(by_level_it_tells_for_as_long_as_there_is_input) {
    poller.add(watcher, pipe.reader(), Events::read);
    BOOST_TEST(poll() == 0);
    pipe.put();
    poll();
    poll();
    BOOST_TEST(watcher.told.size() == 2);
    pipe.take();
    BOOST_TEST(poll() == 0);
}

BOOST_AUTO_TEST_CASE(on_the_edge_it_tells_once_and_again_when_more_comes) {
    poller.add(watcher, pipe.reader(), Events::read, Poller::Trigger::edge);
    pipe.put();
    poll();
    BOOST_TEST(poll() == 0);
    BOOST_TEST(watcher.told.size() == 1);
    pipe.put();
    poll();
    BOOST_TEST(watcher.told.size() == 2);
}

BOOST_AUTO_TEST_CASE(a_change_tells_anew_of_what_is_ready) {
    poller.add(watcher, pipe.writer(), Events::read, Poller::Trigger::edge);
    BOOST_TEST(poll() == 0);
    poller.change(watcher, Events::read | Events::write);
    poll();
    BOOST_REQUIRE(watcher.told.size() == 1);
    BOOST_TEST((watcher.told[0] == Events::write));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_other_side_is_an_error_on_the_edge) {
    poller.add(watcher, pipe.reader(), Events::read, Poller::Trigger::edge);
    pipe.close_writer();
    poll();
    BOOST_REQUIRE(watcher.told.size() == 1);
    BOOST_TEST(((watcher.told[0] & Events::error) == Events::error));
    BOOST_TEST(((watcher.told[0] & Events::read) == Events::read));
}

BOOST_AUTO_TEST_CASE(by_level_only_what_is_wanted_is_told) {
    poller.add(watcher, pipe.reader(), Events::read);
    pipe.close_writer();
    poll();
    BOOST_REQUIRE(watcher.told.size() == 1);
    BOOST_TEST((watcher.told[0] == Events::read));
}

BOOST_AUTO_TEST_CASE(who_wants_nothing_is_told_nothing_not_even_of_errors) {
    poller.add(watcher, pipe.reader(), Events::none);
    pipe.close_writer();
    BOOST_TEST(poll() == 0);
    poller.change(watcher, Events::read);
    BOOST_TEST(poll() == 1);
    poller.change(watcher, Events::none);
    BOOST_TEST(poll() == 0);
    BOOST_TEST(watcher.is_watching());
}

BOOST_AUTO_TEST_CASE(who_was_removed_during_a_batch_is_not_told_by_it) {
    Pipe second;
    Noting other;
    poller.add(watcher, pipe.reader(), Events::read);
    poller.add(other, second.reader(), Events::read);
    watcher.then = [&] { poller.remove(other); };
    other.then = [&] { poller.remove(watcher); };
    pipe.put();
    second.put();
    BOOST_TEST(poll() == 2);
    BOOST_TEST(watcher.told.size() + other.told.size() == 1);
}

BOOST_AUTO_TEST_CASE(who_takes_the_place_of_another_during_a_batch_is_not_told_of_the_others_events
) {
    Pipe second;
    Pipe third;
    std::optional<Noting> other{std::in_place};
    std::optional<Noting> newcomer{std::in_place};
    poller.add(watcher, pipe.reader(), Events::read);
    poller.add(*other, second.reader(), Events::read);
    watcher.then = [&] {
        other.reset();
        poller.add(*newcomer, third.reader(), Events::read);
    };
    pipe.put();
    second.put();
    BOOST_TEST(poll() == 2);
    BOOST_TEST(newcomer->told.empty());
}

BOOST_AUTO_TEST_CASE(a_watcher_may_end_while_it_is_told) {
    auto* const brief = new Noting;
    brief->then = [brief] { delete brief; };
    poller.add(*brief, pipe.reader(), Events::read);
    pipe.put();
    poll();
    BOOST_TEST(poll() == 0);
}

BOOST_AUTO_TEST_CASE(nothing_is_watched_twice) {
    Noting other;
    poller.add(watcher, pipe.reader(), Events::read);
    BOOST_CHECK_THROW(poller.add(watcher, pipe.writer(), Events::write), std::invalid_argument);
    BOOST_CHECK_THROW(poller.add(other, pipe.reader(), Events::read), std::invalid_argument);
    BOOST_TEST(!other.is_watching());
    pipe.put();
    poll();
    BOOST_TEST(watcher.told.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_file_cannot_be_watched) {
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    BOOST_CHECK_THROW(poller.add(watcher, file, Events::read), std::system_error);
    BOOST_TEST(!watcher.is_watching());
    ::close(file);
}

BOOST_AUTO_TEST_CASE(closing_tells_each_watcher_once_and_refuses_others) {
    poller.add(watcher, pipe.reader(), Events::read);
    poller.close();
    poller.close();
    BOOST_REQUIRE(watcher.told.size() == 1);
    BOOST_TEST((watcher.told[0] == Events::none));
    BOOST_TEST(!watcher.is_watching());
    BOOST_CHECK_THROW(poller.add(watcher, pipe.reader(), Events::read), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
