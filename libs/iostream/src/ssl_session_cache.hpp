#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "ssl_handles.hpp"

namespace tornado::iostream {

/// The sessions that clients have had with servers, to be resumed; the least recently used goes
/// when there are too many.
///
/// Thread safety: may be used from several threads at once.
class SSLSessionCache {
public:
    explicit SSLSessionCache(std::size_t capacity) : capacity_{capacity} {}

    /// Lets a new connection go on with the session kept under `key`, if there is one. A session
    /// of TLS 1.3 is for one connection only (RFC 8446, appendix C.4).
    void resume(SSL& connection, const std::string& key);
    void keep(SSLSessionHandle session, const std::string& key);

private:
    struct Entry {
        std::string key;
        SSLSessionHandle session;
    };

    std::mutex mutex_;
    std::list<Entry> entries_;  ///< the most recently kept first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
    std::size_t capacity_;
};

}  // namespace tornado::iostream
