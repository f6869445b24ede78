#include "mariadb_session.hpp"

#include <sys/socket.h>

#include <new>

#include "tornado/concurrent/stack_context.hpp"
#include "until_ready.hpp"

namespace tornado::database::mariadb {

using ioloop::Events;

namespace {

Events events_of(int waits_for) {
    auto events = Events::none;
    if ((waits_for & (MYSQL_WAIT_READ | MYSQL_WAIT_EXCEPT)) != 0) {
        events = events | Events::read;
    }
    if ((waits_for & MYSQL_WAIT_WRITE) != 0) {
        events = events | Events::write;
    }
    return events;
}

/// An error counts as all that is waited for: who tries hears of it.
int waits_of(Events events, int waits_for) {
    int ready = 0;
    const bool failed = (events & Events::error) != Events::none;
    if (failed || (events & Events::read) != Events::none) {
        ready |= MYSQL_WAIT_READ;
    }
    if (failed || (events & Events::write) != Events::none) {
        ready |= MYSQL_WAIT_WRITE;
    }
    return ready & waits_for;
}

}  // namespace

Session::Session() : loop_{ioloop::IOLoop::current()} {
    static const int begun = mysql_server_init(0, nullptr, nullptr);
    if (begun != 0 || mysql_init(&handle_) == nullptr) {
        throw std::bad_alloc{};
    }
    mysql_options(&handle_, MYSQL_OPT_NONBLOCK, nullptr);
}

Session::~Session() {
    unwatch();
    mysql_close(&handle_);
}

void Session::finish() noexcept {
    finished_ = true;
    unwatch();
    end_call();
    if (auto waiting = std::exchange(waiting_, std::nullopt)) {
        waiting->set_cancelled();
    }
}

/// Over a connection that is shut down each step fails at once.
void Session::end_call() noexcept {
    if (active_ == nullptr || active_->waits_for == 0) {
        return;
    }
    finished_ = true;
    if (const auto fd = mysql_get_socket(&handle_); fd != MARIADB_INVALID_SOCKET) {
        ::shutdown(static_cast<int>(fd), SHUT_RDWR);
    }
    constexpr int enough = 10'000;
    for (int i = 0; active_->waits_for != 0 && i < enough; ++i) {
        active_->proceed(active_->waits_for & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE));
    }
}

void Session::require_life() const {
    if (finished_) {
        throw CancelledError{};
    }
}

void Session::watch(std::function<void()> on_word) {
    const stack_context::NullContext nobody;
    on_word_ = std::move(on_word);
    fd_ = static_cast<int>(mysql_get_socket(&handle_));
    loop_.add_handler(
        fd_,
        [this](int, Events events) {
            if (waiting_) {
                std::exchange(waiting_, std::nullopt)->set_result(static_cast<int>(events));
            } else if (!rests_) {
                set_events(Events::none);  // nobody reads on now
            } else {
                unwatch();
                on_word_();
            }
        },
        watched_
    );
}

void Session::rest(bool rests) {
    rests_ = rests;
    if (rests) {
        set_events(Events::read);
    }
}

void Session::unwatch() noexcept {
    if (fd_ >= 0) {
        loop_.remove_handler(std::exchange(fd_, -1));
    }
}

void Session::set_events(Events events) {
    if (fd_ >= 0 && events != watched_) {
        loop_.update_handler(fd_, events);
        watched_ = events;
    }
}

Future<int> Session::ready(int waits_for) {
    const auto events = events_of(waits_for);
    if (fd_ < 0) {  // while it connects
        const auto come =
            co_await until_ready(static_cast<int>(mysql_get_socket(&handle_)), events);
        co_return waits_of(come, waits_for);
    }
    set_events(events);
    waiting_.emplace();
    waiting_->on_cancel([this] { waiting_.reset(); });
    const auto come = co_await waiting_->future();
    co_return waits_of(static_cast<Events>(come), waits_for);
}

}  // namespace tornado::database::mariadb
