#include "connection.hpp"
#include "detached_stream.hpp"

namespace tornado::http1connection {

ConnectionSet::~ConnectionSet() {
    close_all();
    while (detached_ != nullptr) {
        detached_->leave();
    }
}

void ConnectionSet::add(HTTP1ServerConnection& connection) noexcept {
    connection.next_ = first_;
    if (first_ != nullptr) {
        first_->previous_ = &connection;
    }
    first_ = &connection;
    ++size_;
}

void ConnectionSet::remove(HTTP1ServerConnection& connection) noexcept {
    if (hand_ == &connection) {
        hand_ = connection.next_;
    }
    if (next_to_drain_ == &connection) {
        next_to_drain_ = connection.next_;
    }
    (connection.previous_ != nullptr ? connection.previous_->next_ : first_) = connection.next_;
    if (connection.next_ != nullptr) {
        connection.next_->previous_ = connection.previous_;
    }
    count_down();
}

void ConnectionSet::count_down() noexcept {
    if (--size_ == 0 && drained_) {
        drained_->set_result();
        drained_.reset();
    }
}

bool ConnectionSet::close_an_idle_one() noexcept {
    constexpr int most_looked_at = 64;  // at any one time: newcomers may be many
    constexpr std::uint32_t least_idle = 10;
    HTTP1ServerConnection* longest = nullptr;
    for (int i = 0; i < most_looked_at; ++i) {
        auto* const looked_at = hand_ != nullptr ? hand_ : first_;
        if (looked_at == nullptr) {
            break;
        }
        hand_ = looked_at->next_;
        const auto idle = looked_at->idle_ticks();
        if (idle >= (longest != nullptr ? longest->idle_ticks() + 1 : least_idle)) {
            longest = looked_at;
        }
    }
    if (longest != nullptr) {
        longest->close();
    }
    return longest != nullptr;
}

void ConnectionSet::close_all() noexcept {
    while (first_ != nullptr) {
        first_->close();
    }
}

void ConnectionSet::cut_off() noexcept {
    close_all();
    while (detached_ != nullptr) {
        detached_->cut_off();
    }
}

void ConnectionSet::drain() noexcept {
    ending_ = draining_ = true;
    next_to_drain_ = first_;
    while (auto* const connection = next_to_drain_) {
        next_to_drain_ = connection->next_;  // what this one's delegate does may end others
        connection->drain();
    }
    next_to_tell_ = detached_;
    while (auto* const stream = next_to_tell_) {
        next_to_tell_ = stream->next();  // what this one does may end others
        stream->tell_of_drain();
    }
}

Future<void> ConnectionSet::drained() {
    if (size_ == 0) {
        return Future<void>::ready();
    }
    if (!drained_) {
        drained_.emplace();
    }
    return drained_->future();
}

}  // namespace tornado::http1connection
