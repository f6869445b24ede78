#pragma once

#include <cstdint>
#include <string_view>

#include "tornado/httputil/http_headers.hpp"

namespace tornado::web {

enum class Precondition : std::uint8_t {
    holds,
    not_modified,  ///< the client has the representation already: 304
    failed,        ///< it wants another one: 412
};

/// What a GET or HEAD request's conditions make of a response whose head is `response`, in the
/// order of RFC 9110, 13.2.2. Conditions on what the response does not tell, its Etag or
/// Last-Modified, hold, but for If-Match with a tag; dates that are none are ignored.
[[nodiscard]] Precondition
check_preconditions(const httputil::HTTPHeaders& request, const httputil::HTTPHeaders& response);

}  // namespace tornado::web
