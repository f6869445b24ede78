#include <tornado/ioloop/poll_set.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "support.hpp"

namespace {

using tornado::ioloop::PollSet;
using tornado::ioloop::PollWish;

bool is_ready(const PollSet& set) {
    pollfd wait{set.fd(), POLLIN, 0};
    return ::poll(&wait, 1, 0) == 1;
}

std::vector<PollWish> reading(int fd) {
    return {{fd, POLLIN}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(poll_set)

BOOST_AUTO_TEST_CASE(it_is_readable_while_one_of_them_is_ready) {
    PollSet set;
    Pipe pipe;
    BOOST_TEST(set.assign(reading(pipe.reader()), false));
    BOOST_TEST(!is_ready(set));
    pipe.put();
    BOOST_TEST(is_ready(set));
    pipe.take();
    BOOST_TEST(!is_ready(set));
}

BOOST_AUTO_TEST_CASE(what_is_wished_for_no_longer_is_forgotten) {
    PollSet set;
    Pipe one;
    Pipe other;
    std::vector<PollWish> both{{one.reader(), POLLIN}, {other.reader(), POLLIN}};
    std::ranges::sort(both, {}, &PollWish::fd);
    BOOST_TEST(set.assign(both, false));
    one.put();
    BOOST_TEST(set.assign(reading(other.reader()), false));
    BOOST_TEST(!is_ready(set));
    other.put();
    BOOST_TEST(is_ready(set));
    BOOST_TEST(set.assign({}, false));
    BOOST_TEST(!is_ready(set));
}

BOOST_AUTO_TEST_CASE(other_events_may_be_wished_for) {
    PollSet set;
    Pipe pipe;
    BOOST_TEST(set.assign(std::vector<PollWish>{{pipe.writer(), 0}}, false));
    BOOST_TEST(!is_ready(set));
    BOOST_TEST(set.assign(std::vector<PollWish>{{pipe.writer(), POLLOUT}}, false));
    BOOST_TEST(is_ready(set));
    BOOST_TEST(set.assign(std::vector<PollWish>{{pipe.writer(), 0}}, false));
    pipe.close_reader();
    BOOST_TEST(is_ready(set));  // of an error poll(2) tells unasked
}

BOOST_AUTO_TEST_CASE(a_number_that_stands_for_another_file_by_now_is_watched_anew) {
    PollSet set;
    Pipe old;
    Pipe fresh;
    const int number = old.reader();
    BOOST_TEST(set.assign(reading(number), false));
    BOOST_REQUIRE(::dup2(fresh.reader(), number) == number);
    BOOST_TEST(set.assign(reading(number), true));
    fresh.put();
    BOOST_TEST(is_ready(set));
}

BOOST_AUTO_TEST_CASE(files_and_closed_descriptors_are_always_ready) {
    PollSet set;
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    BOOST_TEST(!set.assign(reading(file), false));
    BOOST_TEST(set.assign(std::vector<PollWish>{{file, 0}}, false));
    ::close(file);
    BOOST_TEST(!set.assign(reading(file), false));
    Pipe pipe;  // which gets the number of the file
    BOOST_TEST(pipe.reader() == file);
    BOOST_TEST(set.assign(reading(file), false));
    pipe.put();
    BOOST_TEST(is_ready(set));
}

BOOST_AUTO_TEST_SUITE_END()
