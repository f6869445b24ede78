#pragma once

#include "tornado/httputil/http_connection.hpp"

namespace tornado::httpserver {

/// Takes the gzip coding off requests' bodies, and hands them on. The field Content-Encoding
/// becomes X-Consumed-Content-Encoding, and Content-Length, which no longer holds, goes.
class GzipRequests final : public httputil::HTTPServerConnectionDelegate {
public:
    GzipRequests(httputil::HTTPServerConnectionDelegate& inner, std::size_t chunk_size)
        : inner_{inner},
          chunk_size_{chunk_size} {}

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override;

private:
    class Request;

    httputil::HTTPServerConnectionDelegate& inner_;
    std::size_t chunk_size_;
};

}  // namespace tornado::httpserver
