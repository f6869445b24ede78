#include "response_pipe.hpp"

#include <utility>

#include "tornado/log.hpp"

namespace tornado::wsgi {

bool ResponsePipe::put(Output output, std::shared_ptr<ioloop::Parcel> parcel) {
    std::unique_lock lock{mutex_};
    if (gone_ && output.end == Output::End::not_yet) {
        return false;
    }
    waiting_ += output.data.size();
    if (output.head) {
        output_.head = std::move(output.head);
    }
    if (output_.data.empty()) {
        output_.data = std::move(output.data);
    } else {
        output_.data.append(output.data);
    }
    if (output.file) {
        output_.file = std::move(output.file);
    }
    if (output.share != nullptr) {
        output_.share = std::move(output.share);
    }
    output_.end = output.end;
    const bool gone = gone_;
    const auto ticket = sending_ ? std::nullopt : std::exchange(ticket_, std::nullopt);
    lock.unlock();
    if (ticket) {
        ticket->deliver(std::move(parcel));
    }
    return !gone;
}

bool ResponsePipe::is_full() const {
    const std::lock_guard lock{mutex_};
    return waiting_ >= most_waiting;
}

bool ResponsePipe::wait_for_room(std::shared_ptr<ioloop::Parcel> parcel) {
    std::unique_lock lock{mutex_};
    if (!patience_.wait(changed_, lock, [this] { return gone_ || waiting_ < most_waiting; })) {
        gone_ = slow_ = true;
        const auto ticket = std::exchange(ticket_, std::nullopt);
        lock.unlock();  // the loop does not wait until somebody reads the log
        if (ticket) {
            ticket->deliver(std::move(parcel));
        }
        log::app_log().warning(
            "a client takes its response too slowly: it is broken off, as it holds a thread"
        );
        return false;
    }
    return !gone_;
}

bool ResponsePipe::is_gone() const {
    const std::lock_guard lock{mutex_};
    return gone_;
}

bool ResponsePipe::take(Output& output) {
    const std::lock_guard lock{mutex_};
    if (!has_output()) {
        return false;
    }
    output = std::exchange(output_, Output{});
    taken_ += output.data.size();
    return true;
}

void ResponsePipe::acknowledge() {
    const std::lock_guard lock{mutex_};
    patience_.moved(taken_);
    waiting_ -= std::exchange(taken_, 0);
    changed_.notify_all();
}

bool ResponsePipe::arm(const ioloop::Ticket& ticket) {
    const std::lock_guard lock{mutex_};
    if (has_output()) {
        return false;
    }
    ticket_ = ticket;
    sending_ = false;
    return true;
}

bool ResponsePipe::arm_for_slowness(const ioloop::Ticket& ticket) {
    const std::lock_guard lock{mutex_};
    if (slow_) {
        return false;
    }
    ticket_ = ticket;
    sending_ = true;
    return true;
}

void ResponsePipe::ring(std::shared_ptr<ioloop::Parcel> parcel) {
    std::unique_lock lock{mutex_};
    const auto ticket = std::exchange(ticket_, std::nullopt);
    lock.unlock();
    if (ticket) {
        ticket->deliver(std::move(parcel));
    }
}

void ResponsePipe::set_gone() {
    const std::lock_guard lock{mutex_};
    gone_ = true;
    changed_.notify_all();
}

}  // namespace tornado::wsgi
