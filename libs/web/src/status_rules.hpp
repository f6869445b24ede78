#pragma once

namespace tornado::web::detail {

constexpr bool has_no_body(int status) noexcept {
    return status == 204 || status == 205 || status == 304;
}

/// Whether a response can end a request with that status: 1xx only precede one.
constexpr bool is_sendable_status(int status) noexcept {
    return status >= 200 && status <= 999;
}

}  // namespace tornado::web::detail
