#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

namespace tornado::httputil {

/// What can be wrong with an HTTP message that a peer sent us.
enum class Errc {
    malformed_start_line = 1,     ///< not `METHOD target HTTP/x.y`, or not `HTTP/x.y code reason`
    malformed_target,             ///< a target that fits none of the four forms of RFC 9112, 3.2
    malformed_header,             ///< a field with no colon, a bad name, or a forbidden byte
    header_too_large,             ///< more bytes or fields than HeadLimits allows
    target_too_long,              ///< a target longer than HeadLimits::max_target_size
    unsupported_version,          ///< a major version other than 1
    missing_host,                 ///< HTTP/1.1 without a Host field
    malformed_host,               ///< two Host fields, an empty one, or no `uri-host[:port]`
    bad_content_length,           ///< a Content-Length that is no number, too big, or contradictory
    bad_transfer_encoding,        ///< a Transfer-Encoding that is malformed or contradicts the rest
    unsupported_transfer_coding,  ///< a transfer coding other than chunked
    bad_chunk,                    ///< a chunk's size, extension or line ending is malformed
    body_too_large,               ///< more body bytes than allowed
    malformed_cookie,             ///< a cookie's name, value or attribute that cannot be sent
    malformed_date,               ///< a date in none of the three forms of RFC 9110, 5.6.7
    malformed_content,            ///< a damaged content coding
    malformed_multipart,          ///< a multipart body that breaks RFC 2046, 5.1, or RFC 7578
    too_many_parts,               ///< more parts or arguments than ParseBodyConfig allows
    part_header_too_large,        ///< a part's head longer than ParseBodyConfig allows
    encoded_form,                 ///< a form that comes with a Content-Encoding
    body_not_allowed,             ///< a body where there can be none: with 1xx or 204
    too_many_interim_responses,   ///< more 1xx responses than a client puts up with
    unasked_upgrade,              ///< 101 in answer to a request that asked for no upgrade
    no_response,                  ///< the connection ended before a response began
    incomplete_message,           ///< the connection ended within a message
};

/// The category of Errc, named "tornado.http".
[[nodiscard]] const std::error_category& http_category() noexcept;

[[nodiscard]] inline std::error_code make_error_code(Errc error) noexcept {
    return {static_cast<int>(error), http_category()};
}

/// The HTTP status that answers a request which failed with `error`: 400, 413, 414, 431, 501 or
/// 505; 400 for any code that is not ours.
[[nodiscard]] int status_for(std::error_code error) noexcept;
[[nodiscard]] int status_for(Errc error) noexcept;

/// Malformed HTTP input, from a peer or, as HTTPHeaderError, given to HTTPHeaders. One that a
/// delegate of a server's connection throws is the client's fault, and gets status_for().
/// Mirrors `tornado.httputil.HTTPInputError`.
class HTTPInputError : public std::runtime_error {
public:
    explicit HTTPInputError(const std::string& message) : std::runtime_error{message} {}
    /// Says what `error` says; code() keeps it for status_for().
    explicit HTTPInputError(Errc error)
        : std::runtime_error{make_error_code(error).message()},
          code_{make_error_code(error)} {}

    /// The reason as a code, or Errc::malformed_header when only a sentence was given.
    [[nodiscard]] std::error_code code() const noexcept { return code_; }

private:
    std::error_code code_ = make_error_code(Errc::malformed_header);
};

/// A field that a program gave to HTTPHeaders, and that no message can hold. No client's fault.
class HTTPHeaderError : public HTTPInputError {
public:
    using HTTPInputError::HTTPInputError;
};

/// A response that contradicts itself, such as more bytes than its Content-Length.
/// Mirrors `tornado.httputil.HTTPOutputError`.
class HTTPOutputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace tornado::httputil

template <>
struct std::is_error_code_enum<tornado::httputil::Errc> : std::true_type {};
