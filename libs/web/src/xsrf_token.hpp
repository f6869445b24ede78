#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tornado::web {

/// The secret that a client's cookie and its forms share, and when it was made. Mirrors
/// `RequestHandler._get_raw_xsrf_token` and what belongs to it.
struct XsrfToken {
    int version = 0;  ///< of the text it was read from; 0: it is new
    std::string bytes;
    std::int64_t timestamp = 0;  ///< seconds since 1970

    /// A new one.
    [[nodiscard]] static XsrfToken make();
    /// What a cookie, a form or a header says; nullopt when that is none.
    [[nodiscard]] static std::optional<XsrfToken> parse(std::string_view text);

    /// As text of that version. In version 2 it is masked differently each time, so that what
    /// compression tells of a page does not tell of it. Throws std::invalid_argument for another
    /// version than 1 and 2.
    [[nodiscard]] std::string to_string(int output_version) const;
};

}  // namespace tornado::web
