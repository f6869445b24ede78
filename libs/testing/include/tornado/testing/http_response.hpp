#pragma once

#include <string>

#include "tornado/httputil/http_headers.hpp"

namespace tornado::testing {

/// A response as a test's client got it.
struct HTTPResponse {
    int code = 0;
    std::string reason = {};
    httputil::HTTPHeaders headers = {};
    std::string body = {};           ///< without its chunked coding
    std::string effective_url = {};  ///< where it came from in the end; empty for a raw connection
};

}  // namespace tornado::testing
