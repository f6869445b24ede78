#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/httputil/arguments.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/httputil/multipart.hpp"
#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// A file that a form has brought. Mirrors `tornado.httputil.HTTPFile`.
struct HTTPFile {
    std::string filename;  ///< as the client calls it, any text: never a path to write to
    std::string body;
    std::string content_type;

    bool operator==(const HTTPFile&) const = default;
};

/// The files of a form by the name of their field, those of one name in the order they came.
using Files = std::map<std::string, std::vector<HTTPFile>, std::less<>>;

/// What a form holds.
struct Form {
    Arguments arguments;
    Files files;
};

/// How much of a form is taken. Mirrors `tornado.httputil.ParseBodyConfig`.
struct ParseBodyConfig {
    std::size_t max_arguments = 10'000;  ///< of a urlencoded form
    ParseMultipartConfig multipart = {};
};

/// The configuration that requests parse their bodies with. Set it before the first server starts:
/// threads read it without a lock. Mirrors `tornado.httputil.set_parse_body_config`.
void set_parse_body_config(const ParseBodyConfig& config);
[[nodiscard]] const ParseBodyConfig& parse_body_config() noexcept;

/// The form in a body whose Content-Type is application/x-www-form-urlencoded or
/// multipart/form-data; an empty form for any other kind of body, and for two Content-Types.
///
/// Fails with Errc::encoded_form for a form with a Content-Encoding, with malformed_multipart,
/// part_header_too_large, and with too_many_parts. Mirrors `tornado.httputil.parse_body_arguments`.
[[nodiscard]] Result<Form> parse_body_arguments(
    const HTTPHeaders& headers,
    std::string_view body,
    const ParseBodyConfig& config = parse_body_config()
);

/// The form in a whole multipart/form-data body of this Content-Type, which names the boundary.
/// Fails as parse_body_arguments() does. Mirrors `tornado.httputil.parse_multipart_form_data`.
[[nodiscard]] Result<Form> parse_multipart_form_data(
    std::string_view content_type,
    std::string_view body,
    const ParseMultipartConfig& config = {}
);

}  // namespace tornado::httputil
