#pragma once

#include <string_view>

#include "tornado/httpclient/http_request.hpp"

namespace tornado::httpclient {

/// Whether a status is one of those that send a client elsewhere.
[[nodiscard]] bool is_redirect(int code) noexcept;

/// Whether a Location field that answers this request leads to an http or https URL.
[[nodiscard]] bool leads_somewhere(const HTTPRequest& request, std::string_view location);

/// Makes of a request the one that its response, with this status and Location field, leads to: for
/// those who write a client of their own.
///
/// 303, and 301 or 302 to a POST, lead to a GET without a body. Another origin gets no
/// Authorization or Cookie field; `credentials` becomes false then, and as long as it is, the URL
/// loses its userinfo. Nor does it get a Proxy-Authorization field, unless the `same_proxy` stands
/// before both. The fragment stays unless the Location field has one. Throws std::invalid_argument
/// unless leads_somewhere().
void follow_redirect(
    HTTPRequest& request,
    int code,
    std::string_view location,
    bool& credentials,
    bool same_proxy = false
);

}  // namespace tornado::httpclient
