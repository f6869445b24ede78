#include "tornado/ioloop/poll_set.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tornado::ioloop {

namespace {

// The flags of both calls are the same, so none needs translating.
static_assert(
    EPOLLIN == POLLIN && EPOLLPRI == POLLPRI && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR &&
    EPOLLHUP == POLLHUP && EPOLLRDNORM == POLLRDNORM && EPOLLRDBAND == POLLRDBAND &&
    EPOLLWRNORM == POLLWRNORM && EPOLLWRBAND == POLLWRBAND
);
constexpr std::uint16_t known_flags =
    POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLRDBAND | POLLWRNORM | POLLWRBAND;

}  // namespace

PollSet::PollSet() : epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
    if (epoll_ < 0) {
        throw std::system_error{errno, std::system_category(), "epoll_create1"};
    }
}

PollSet::~PollSet() {
    ::close(epoll_);
}

bool PollSet::assign(std::span<const PollWish> wishes, bool anew) {
    bool all = true;
    auto old = watched_.cbegin();
    next_.reserve(wishes.size());
    for (const auto& wish : wishes) {
        for (; old != watched_.cend() && old->fd < wish.fd; ++old) {
            forget(old->fd);
        }
        const bool is_known = old != watched_.cend() && old->fd == wish.fd;
        if ((is_known && !anew && *old == wish) || set(wish, is_known)) {
            next_.push_back(wish);
        } else {
            // Of a file poll(2) tells only what it was asked.
            all = all && errno == EPERM && (wish.flags & known_flags) == 0;
        }
        old += is_known ? 1 : 0;
    }
    for (; old != watched_.cend(); ++old) {
        forget(old->fd);
    }
    std::swap(watched_, next_);
    next_.clear();
    return all;
}

bool PollSet::set(const PollWish& wish, bool is_known) const noexcept {
    epoll_event event{};
    event.events = wish.flags & known_flags;
    if (is_known && ::epoll_ctl(epoll_, EPOLL_CTL_MOD, wish.fd, &event) == 0) {
        return true;
    }
    return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wish.fd, &event) == 0 ||
           (errno == EEXIST && ::epoll_ctl(epoll_, EPOLL_CTL_MOD, wish.fd, &event) == 0);
}

void PollSet::forget(int fd) const noexcept {
    epoll_event ignored{};
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &ignored);  // it may be closed, or another's, by now
}

}  // namespace tornado::ioloop
