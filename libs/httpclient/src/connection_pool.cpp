#include "connection_pool.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace tornado::httpclient {

namespace {

/// A connection that was in use so shortly before is used again without a look at it.
constexpr ioloop::Duration too_short_to_look = std::chrono::milliseconds{1};

/// Whether a socket has nothing to say, be it the end.
bool is_silent(int descriptor) noexcept {
    char byte = 0;
    return ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

/// Whether nothing has come on an idle connection. With TLS, what the loop has told of is read
/// first: it may be none of the application's, a session's ticket, say.
bool is_quiet(iostream::StreamCore& stream) {
    const int descriptor = stream.fileno();
    const bool is_plain = descriptor >= 0 && stream.tls() == nullptr;
    return (is_plain || !stream.receive_now()) && (descriptor < 0 || is_silent(descriptor));
}

}  // namespace

ConnectionSlot::~ConnectionSlot() {
    if (pool_ != nullptr) {
        --place_->second.open;
        pool_->wake(*place_);
        pool_->forget_if_unused(*place_);
    }
}

KeptConnection::KeptConnection(
    ConnectionPool& pool,
    ConnectionSlot slot,
    http1connection::ClientConnectionRef connection
)
    : Deadline{[](Deadline& deadline) {
          auto& self = static_cast<KeptConnection&>(deadline);
          self.pool_.end_if_unused(self);
      }},
      pool_{pool},
      slot_{std::move(slot)},
      connection_{std::move(connection)} {
    connection_->set_close_callback([this] {
        if (idle_) {
            pool_.drop(*this);
        }
    });
}

KeptConnection::~KeptConnection() {
    connection_->close();
}

std::unique_ptr<KeptConnection> ConnectionPool::take(std::string_view key, ioloop::TimePoint now) {
    while (true) {
        auto* const place = find(key);
        if (place == nullptr || place->second.idle.empty() || are_others_first(place->second)) {
            return nullptr;
        }
        auto taken = unlink(*place->second.idle.back());
        if (now - taken->last_heard_ < too_short_to_look || is_quiet((*taken)->stream())) {
            return taken;
        }
    }
}

ConnectionPool::Place* ConnectionPool::find(std::string_view key) {
    if (last_found_ == nullptr || last_found_->first != key) {
        const auto place = origins_.find(key);
        last_found_ = place != origins_.end() ? &*place : nullptr;
    }
    return last_found_;
}

ConnectionPool::Place& ConnectionPool::place_of(std::string_view key) {
    auto* const place = find(key);
    return place != nullptr ? *place : *origins_.emplace(key, KeptOrigin{}).first;
}

std::optional<ConnectionSlot> ConnectionPool::reserve(std::string_view key) {
    auto& place = place_of(key);
    auto& origin = place.second;
    if (are_others_first(origin)) {
        return std::nullopt;
    }
    std::optional<ConnectionSlot> slot;
    if (has_room(origin)) {
        slot.emplace(*this, place);
    } else if (!origin.idle.empty()) {  // which its user does not want
        slot.emplace(*this, place);
        drop(*origin.idle.front());
    }
    return slot;
}

std::unique_ptr<KeptConnection>
ConnectionPool::adopt(ConnectionSlot slot, http1connection::ClientConnectionRef connection) {
    return std::make_unique<KeptConnection>(*this, std::move(slot), std::move(connection));
}

// Those who wait

void ConnectionPool::wait(std::string_view key, PoolWaiter& waiter) {
    auto& place = place_of(key);
    place.second.waiting.push_back(&waiter);
    waiter.place_ = &place;
}

void ConnectionPool::leave(PoolWaiter& waiter) noexcept {
    if (auto* const place = std::exchange(waiter.place_, nullptr)) {
        auto& waiting = place->second.waiting;
        waiting.erase(std::find(waiting.begin(), waiting.end(), &waiter));
        wake(*place);
        forget_if_unused(*place);
    }
}

void ConnectionPool::forget_if_unused(Place& place) noexcept {
    if (place.second.open == 0 && place.second.waiting.empty()) {
        last_found_ = nullptr;
        origins_.erase(origins_.find(place.first));
    }
}

/// Something may have changed for those who wait. They are told from the loop, lest those who fail
/// at once be a deep recursion.
void ConnectionPool::wake(Place& place) noexcept {
    auto& origin = place.second;
    if (origin.waiting.empty() || std::exchange(origin.waking, true)) {
        return;
    }
    loop_.add_callback([self = self_, key = place.first] {
        if (*self != nullptr) {
            (*self)->serve(key);
        }
    });
}

void ConnectionPool::serve(const std::string& key) noexcept {
    auto found = origins_.find(key);
    if (found != origins_.end()) {
        found->second.waking = false;
    }
    // What a waiter does may forget the place, close all, or end the client.
    const auto self = self_;
    while (found != origins_.end() && !found->second.waiting.empty() &&
           (has_room(found->second) || !found->second.idle.empty())) {
        auto& waiter = *found->second.waiting.front();
        found->second.waiting.pop_front();
        waiter.place_ = nullptr;
        serving_ = true;
        waiter.connection_may_be_had();
        if (*self == nullptr) {
            return;
        }
        serving_ = false;
        found = origins_.find(key);
    }
}

void ConnectionPool::give_back(
    std::unique_ptr<KeptConnection> connection,
    ioloop::TimePoint heard
) noexcept {
    auto& place = connection->slot_.place();
    auto& idle = place.second.idle;
    if (!(*connection)->is_reusable() || limits_.most_idle == 0 ||
        idle.size() >= limits_.most_idle_per_key) {
        return;
    }
    if (idle_count_ == limits_.most_idle) {
        drop(*oldest_);
    }
    auto* const kept = connection.release();
    idle.push_back(kept);
    kept->idle_ = kept->used_before_ = true;
    kept->last_heard_ = heard;
    kept->older_ = newest_;
    kept->newer_ = nullptr;
    (newest_ != nullptr ? newest_->newer_ : oldest_) = kept;
    newest_ = kept;
    ++idle_count_;
    if (limits_.idle_ticks != 0 && !kept->is_set()) {
        wheel_.set(*kept, limits_.idle_ticks);
    }
    kept->idle_since_ = wheel_.now();
    wake(place);
}

/// Most connections are idle for a moment at a time. To move the deadline for each would cost more
/// than to look, once in an idle timeout, for how long it has been so.
void ConnectionPool::end_if_unused(KeptConnection& connection) noexcept {
    if (!connection.idle_) {
        return;
    }
    const auto unused = wheel_.now() - connection.idle_since_;
    if (unused > limits_.idle_ticks) {
        drop(connection);
    } else {
        wheel_.set(connection, limits_.idle_ticks - unused);
    }
}

std::unique_ptr<KeptConnection> ConnectionPool::unlink(KeptConnection& connection) noexcept {
    auto& idle = connection.slot_.place().second.idle;
    const auto place = std::find(idle.rbegin(), idle.rend(), &connection);
    idle.erase(std::next(place).base());
    (connection.older_ != nullptr ? connection.older_->newer_ : oldest_) = connection.newer_;
    (connection.newer_ != nullptr ? connection.newer_->older_ : newest_) = connection.older_;
    connection.idle_ = false;
    --idle_count_;
    return std::unique_ptr<KeptConnection>{&connection};
}

void ConnectionPool::drop(KeptConnection& connection) noexcept {
    const auto dropped = unlink(connection);
}

void ConnectionPool::close() noexcept {
    while (oldest_ != nullptr) {
        drop(*oldest_);
    }
}

}  // namespace tornado::httpclient
