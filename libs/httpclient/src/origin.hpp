#pragma once

#include <string>
#include <string_view>

#include "tornado/concurrent/future_state.hpp"
#include "tornado/httpclient/url.hpp"
#include "tornado/httputil/http_headers.hpp"

namespace tornado::httpclient {

/// What the URLs that begin with the same scheme and authority have in common, and what can be made
/// of it once for all their fetches.
///
/// Ownership: counted. Thread safety: one thread.
struct Origin {
    void retain() const noexcept { ++references; }
    void release() const noexcept {
        if (--references == 0) {
            delete this;
        }
    }

    Url url;                             ///< one of them, without its target
    std::string key;                     ///< of the connections that lead straight there
    httputil::HTTPHeaders usual_fields;  ///< of a request that says nothing of these itself
    mutable unsigned references = 0;
};
using OriginRef = concurrent::StateRef<const Origin>;

/// Where a URL leads.
struct Destination {
    OriginRef origin;
    std::string_view target;  ///< path and query as they are to be sent
};

/// Finds out where URLs lead, for one client. The last origin is kept in mind: the next URL mostly
/// has the same.
class OriginFinder {
public:
    /// The target is a part of `url`, or of `room`. Throws as parse_url() does.
    [[nodiscard]] Destination find(std::string_view url, std::string& room);

private:
    std::string prefix_;  ///< scheme and authority of the URLs of last_
    OriginRef last_;
};

/// Host and port, as they stand in the keys of connections.
[[nodiscard]] std::string connection_key(std::string_view host, int port);

}  // namespace tornado::httpclient
