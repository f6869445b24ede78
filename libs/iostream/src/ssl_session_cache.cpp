#include "ssl_session_cache.hpp"

#include <utility>

namespace tornado::iostream {

void SSLSessionCache::resume(SSL& connection, const std::string& key) {
    const std::scoped_lock lock{mutex_};
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
        return;
    }
    const auto entry = found->second;
    ::SSL_set_session(&connection, entry->session.get());
    if (::SSL_SESSION_get_protocol_version(entry->session.get()) >= TLS1_3_VERSION) {
        by_key_.erase(found);
        entries_.erase(entry);
    } else {
        entries_.splice(entries_.begin(), entries_, entry);
    }
}

void SSLSessionCache::keep(SSLSessionHandle session, const std::string& key) {
    const std::scoped_lock lock{mutex_};
    if (capacity_ == 0) {
        return;
    }
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        found->second->session = std::move(session);
        entries_.splice(entries_.begin(), entries_, found->second);
        return;
    }
    if (entries_.size() == capacity_) {
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
    entries_.push_front({key, std::move(session)});
    by_key_.emplace(key, entries_.begin());
}

}  // namespace tornado::iostream
