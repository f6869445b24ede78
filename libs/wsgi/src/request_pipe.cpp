#include "request_pipe.hpp"

#include <utility>

namespace tornado::wsgi {

void RequestPipe::put(std::string_view piece) {
    const std::lock_guard lock{mutex_};
    if (state_ == State::open) {
        pieces_.append(piece);
        changed_.notify_all();
    }
}

std::size_t RequestPipe::size() const {
    const std::lock_guard lock{mutex_};
    return pieces_.size();
}

RequestPipe::State RequestPipe::state() const {
    const std::lock_guard lock{mutex_};
    return state_;
}

void RequestPipe::when_taken(ioloop::Ticket ticket, std::shared_ptr<ioloop::Parcel> parcel) {
    std::unique_lock lock{mutex_};
    ticket_ = std::move(ticket);
    parcel_ = std::move(parcel);
    if (pieces_.empty() || state_ != State::open) {
        deliver(std::move(lock));
    }
}

bool RequestPipe::take(std::string& out) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return state_ != State::open || !pieces_.empty(); });
    if (pieces_.empty()) {
        return false;
    }
    if (out.empty()) {
        out.swap(pieces_);
    } else {
        out.append(pieces_);
        pieces_.clear();
    }
    deliver(std::move(lock));
    return true;
}

void RequestPipe::finish(State state) {
    std::unique_lock lock{mutex_};
    if (state == State::closed || state_ == State::open) {
        state_ = state;
    }
    if (state_ == State::closed || state_ == State::broken) {
        pieces_.clear();
    }
    changed_.notify_all();
    deliver(std::move(lock));
}

/// Tells the loop, outside of the lock: it may come back at once.
void RequestPipe::deliver(std::unique_lock<std::mutex> lock) {
    const auto ticket = std::exchange(ticket_, std::nullopt);
    auto parcel = std::move(parcel_);
    lock.unlock();
    if (ticket) {
        ticket->deliver(std::move(parcel));
    }
}

}  // namespace tornado::wsgi
