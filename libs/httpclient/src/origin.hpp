#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tornado/httpclient/url.hpp"
#include "tornado/httputil/http_headers.hpp"

namespace tornado::httpclient {

/// What the URLs that begin with the same scheme and authority have in common, and what can be made
/// of it once for all their fetches.
struct Origin {
    Url url;                             ///< one of them, without its target
    std::string key;                     ///< of the connections that lead straight there
    httputil::HTTPHeaders usual_fields;  ///< of a request that says nothing of these itself
};

/// Finds out where URLs lead, for one client. The last origin is kept in mind: the next URL mostly
/// has the same.
class OriginFinder {
public:
    /// The origin of `url`, whose path and query go to `target` as they are to be sent. Throws as
    /// parse_url() does.
    [[nodiscard]] std::shared_ptr<const Origin> find(std::string_view url, std::string& target);

private:
    std::string prefix_;  ///< scheme and authority of the URLs of last_
    std::shared_ptr<const Origin> last_;
};

/// Host and port, as they stand in the keys of connections.
[[nodiscard]] std::string connection_key(std::string_view host, int port);

}  // namespace tornado::httpclient
