#include "tornado/ioloop/poller.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace tornado::ioloop {

namespace {

/// As many ready descriptors as one call tells of; the others come in the next turn.
constexpr int most_ready = 256;

std::uint32_t to_epoll(Events events, bool on_edge) noexcept {
    // Errors and hang-ups come unasked. That the peer sends no more must be told together with its
    // last bytes: they may be all that a reader takes for now. The same goes for urgent data, at
    // which a read stops short of what is behind them.
    return (on_edge ? std::uint32_t{EPOLLET} | EPOLLRDHUP | EPOLLPRI : 0U) |
           ((events & Events::read) != Events::none ? std::uint32_t{EPOLLIN} : 0U) |
           ((events & Events::write) != Events::none ? std::uint32_t{EPOLLOUT} : 0U);
}

/// An error is an answer to whoever waits to read or to write: the attempt will tell which.
Events from_epoll(std::uint32_t flags) noexcept {
    constexpr std::uint32_t broken = EPOLLERR | EPOLLHUP;
    auto events = Events::none;
    if ((flags & (EPOLLIN | broken)) != 0) {
        events = events | Events::read;
    }
    if ((flags & EPOLLPRI) != 0) {
        events = events | Events::urgent;
    }
    if ((flags & (EPOLLOUT | broken)) != 0) {
        events = events | Events::write;
    }
    if ((flags & (broken | EPOLLRDHUP)) != 0) {
        events = events | Events::error;
    }
    return events;
}

std::uint64_t tag(std::uint32_t slot, std::uint32_t generation) noexcept {
    return std::uint64_t{generation} << 32U | slot;
}

}  // namespace

struct Poller::Batch {
    std::array<epoll_event, most_ready> events;
};

void Watcher::unwatch() noexcept {
    if (poller_ != nullptr) {
        poller_->remove(*this);
    }
}

Poller::Poller(
    void (*start)(void* owner, int fd),
    void (*busy)(void* owner, bool is_busy),
    void* owner
) noexcept
    : start_{start},
      busy_{busy},
      owner_{owner} {}

Poller::~Poller() {
    close();
    if (epoll_ >= 0) {
        ::close(epoll_);
    }
}

void Poller::open() {
    if (epoll_ >= 0) {
        return;
    }
    batch_ = std::make_unique<Batch>();
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) {
        throw std::system_error{errno, std::system_category(), "epoll_create1"};
    }
    try {
        start_(owner_, epoll_);
    } catch (...) {
        ::close(std::exchange(epoll_, -1));
        throw;
    }
}

void Poller::add(Watcher& watcher, int fd, Events events, Trigger trigger) {
    if (watcher.poller_ != nullptr) {
        throw std::invalid_argument{
            "this watcher watches descriptor " + std::to_string(watcher.fd_) +
            " already: remove() it first"};
    }
    if (closed_) {
        throw std::logic_error{"the IOLoop is closed: it watches no more descriptors"};
    }
    open();
    if (free_.empty()) {
        slots_.emplace_back();
        free_.reserve(slots_.capacity());  // so that remove() cannot fail
        free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
    }
    watcher.fd_ = fd;
    watcher.on_edge_ = trigger == Trigger::edge;
    watcher.slot_ = free_.back();
    change(watcher, events);
    watcher.poller_ = this;
    slots_[watcher.slot_].watcher = &watcher;
    free_.pop_back();
    if (watched_++ == 0) {
        busy_(owner_, true);
    }
}

void Poller::change(Watcher& watcher, Events events) {
    if (watcher.wanted_ == events) {
        return;
    }
    // Unregistered while nothing is wanted: epoll would go on telling of errors.
    const int operation = watcher.wanted_ == Events::none ? EPOLL_CTL_ADD
                          : events == Events::none        ? EPOLL_CTL_DEL
                                                          : EPOLL_CTL_MOD;
    control(operation, watcher, events);
    watcher.wanted_ = events;
}

void Poller::control(int operation, const Watcher& watcher, Events events) const {
    epoll_event event{};
    event.events = to_epoll(events, watcher.on_edge_);
    event.data.u64 = tag(watcher.slot_, slots_[watcher.slot_].generation);
    if (::epoll_ctl(epoll_, operation, watcher.fd_, &event) == 0) {
        return;
    }
    const int error = errno;
    const auto name = "descriptor " + std::to_string(watcher.fd_);
    if (error == EEXIST) {
        throw std::invalid_argument{name + " is watched already"};
    }
    throw std::system_error{
        error,
        std::system_category(),
        error == EPERM ? "cannot watch " + name + ", which is always ready, as files are"
                       : "cannot watch " + name};
}

void Poller::remove(Watcher& watcher) noexcept {
    if (watcher.poller_ != this) {
        return;
    }
    if (watcher.wanted_ != Events::none) {
        epoll_event ignored{};
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, watcher.fd_, &ignored);  // it may be closed already
    }
    auto& slot = slots_[watcher.slot_];
    slot.watcher = nullptr;
    ++slot.generation;  // what the present batch says of it concerns nobody any more
    free_.push_back(watcher.slot_);
    watcher.poller_ = nullptr;
    watcher.wanted_ = Events::none;
    if (--watched_ == 0) {
        busy_(owner_, false);
    }
}

std::size_t Poller::fetch() {
    const int count = ::epoll_wait(epoll_, batch_->events.data(), most_ready, 0);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void Poller::tell(std::size_t place) {
    const auto& event = batch_->events[place];
    const auto& slot = slots_[static_cast<std::uint32_t>(event.data.u64)];
    if (slot.watcher == nullptr || slot.generation != event.data.u64 >> 32U) {
        return;
    }
    auto& watcher = *slot.watcher;
    auto ready = from_epoll(event.events);
    if (!watcher.on_edge_) {
        ready = ready & watcher.wanted_;
    }
    if (ready != Events::none) {
        watcher.notify_(watcher, ready);
    }
}

void Poller::swap(std::size_t place, std::size_t other) noexcept {
    std::swap(batch_->events[place], batch_->events[other]);
}

void Poller::close() noexcept {
    closed_ = true;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (auto* const watcher = slots_[i].watcher) {
            remove(*watcher);
            watcher->notify_(*watcher, Events::none);
        }
    }
}

}  // namespace tornado::ioloop
