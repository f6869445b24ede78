#pragma once

#include <cstdint>
#include <string_view>

#include "tornado/httputil/request_head.hpp"
#include "tornado/httputil/response_head.hpp"
#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// How a message's body is delimited, and what becomes of its connection.
struct MessageFraming {
    enum class Body : std::uint8_t { none, content_length, chunked, until_close };

    Body body = Body::none;
    bool keep_alive = true;           ///< the peer lets the connection live on after this exchange
    bool expect_continue = false;     ///< the client waits for `100 Continue`
    bool expectation_failed = false;  ///< the client expects what we do not know: 417
    bool upgrade = false;  ///< a Connection option `upgrade` and an Upgrade field are there
    std::uint64_t content_length = 0;  ///< bytes, for Body::content_length
};

/// Decides how a request's body is delimited (RFC 9112, 6.3), refusing whatever two readers could
/// read differently. Fails with Errc::bad_content_length, bad_transfer_encoding or
/// unsupported_transfer_coding.
[[nodiscard]] Result<MessageFraming> request_framing(const RequestHead& head);

/// Decides how the body of a response to a `request_method` request is delimited (RFC 9112, 6.3).
/// Fails with Errc::bad_content_length, bad_transfer_encoding or unsupported_transfer_coding.
[[nodiscard]] Result<MessageFraming>
response_framing(const ResponseHead& head, std::string_view request_method);

/// The one length that all members of all Content-Length fields agree on (RFC 9110, 8.6), 0 when
/// there are none. Fails with Errc::bad_content_length.
[[nodiscard]] Result<std::uint64_t> content_length(const HTTPHeaders& headers);

/// Whether a field that is a list, such as Connection (RFC 9110, 7.6.1), has the member `name`, in
/// whatever case.
[[nodiscard]] bool
has_list_member(const HTTPHeaders& headers, KnownHeader header, std::string_view name) noexcept;

}  // namespace tornado::httputil
