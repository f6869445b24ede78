#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tornado/httputil/http_headers.hpp"

namespace tornado::web {

enum class Precondition : std::uint8_t {
    holds,
    not_modified,  ///< the client has the representation already: 304
    failed,        ///< it wants another one: 412
};

/// What tells the present representation from others.
struct Validators {
    bool exists = true;
    std::string_view etag = {};  ///< empty: it has none
    std::optional<std::chrono::system_clock::time_point> modified = {};
};

/// What a request's conditions make of it, in the order of RFC 9110, 13.2.2. What is not there is
/// no match for any tag, nor for "*"; what has no tag is one for "*", but what has no date either
/// is not for If-None-Match of a GET or HEAD, as in Tornado. Dates that are none, or with none to
/// compare to, are ignored, and If-Modified-Since of other methods is.
[[nodiscard]] Precondition check_preconditions(
    const httputil::HTTPHeaders& request,
    const Validators& current,
    bool is_get_or_head
);

/// The same for a GET or HEAD request and a response whose head is `response`: its Etag and its
/// Last-Modified count.
[[nodiscard]] Precondition
check_preconditions(const httputil::HTTPHeaders& request, const httputil::HTTPHeaders& response);

/// Forbids caches to keep a response whose head tells them for how long it holds. An answer to the
/// request's conditions or range says nothing of the page: no cache may give it to others for as
/// long as that (RFC 9111, 3).
void forbid_storing(httputil::HTTPHeaders& response);

}  // namespace tornado::web
