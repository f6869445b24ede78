#include "connection_pool.hpp"

#include <algorithm>

namespace tornado::httpclient {

KeptConnection::KeptConnection(
    ConnectionPool& pool,
    Place& place,
    http1connection::ClientConnectionRef connection
)
    : Deadline{[](Deadline& deadline) {
          auto& self = static_cast<KeptConnection&>(deadline);
          self.pool_.drop(self);
      }},
      pool_{pool},
      place_{place},
      connection_{std::move(connection)} {
    connection_->set_close_callback([this] {
        if (idle_) {
            pool_.drop(*this);
        }
    });
}

KeptConnection::~KeptConnection() {
    connection_->close();
    if (--place_.second.open == 0) {
        pool_.origins_.erase(pool_.origins_.find(place_.first));
    }
}

std::unique_ptr<KeptConnection> ConnectionPool::take(std::string_view key) {
    const auto origin = origins_.find(key);
    if (origin == origins_.end() || origin->second.idle.empty()) {
        return nullptr;
    }
    return unlink(*origin->second.idle.back());
}

std::unique_ptr<KeptConnection>
ConnectionPool::adopt(std::string_view key, http1connection::ClientConnectionRef connection) {
    auto origin = origins_.find(key);
    if (origin == origins_.end()) {
        origin = origins_.emplace(key, KeptOrigin{}).first;
    }
    ++origin->second.open;
    return std::make_unique<KeptConnection>(*this, *origin, std::move(connection));
}

void ConnectionPool::give_back(std::unique_ptr<KeptConnection> connection) noexcept {
    auto& idle = connection->place_.second.idle;
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
    kept->older_ = newest_;
    kept->newer_ = nullptr;
    (newest_ != nullptr ? newest_->newer_ : oldest_) = kept;
    newest_ = kept;
    ++idle_count_;
    if (limits_.idle_ticks != 0) {
        wheel_.set(*kept, limits_.idle_ticks);
    }
}

std::unique_ptr<KeptConnection> ConnectionPool::unlink(KeptConnection& connection) noexcept {
    auto& idle = connection.place_.second.idle;
    const auto place = std::find(idle.rbegin(), idle.rend(), &connection);
    idle.erase(std::next(place).base());
    (connection.older_ != nullptr ? connection.older_->newer_ : oldest_) = connection.newer_;
    (connection.newer_ != nullptr ? connection.newer_->older_ : newest_) = connection.older_;
    connection.idle_ = false;
    connection.unset();
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
