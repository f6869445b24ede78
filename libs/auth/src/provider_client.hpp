#pragma once

#include <string>
#include <string_view>

#include "tornado/auth/errors.hpp"
#include "tornado/auth/parameters.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/httpclient/async_http_client.hpp"

namespace boost::json {
class value;
class object;
}  // namespace boost::json

namespace tornado::auth {

class Tokens;

/// How a provider is asked: with redirects refused, answers of at most 1 MiB, and all of it done in
/// this time.
inline constexpr std::chrono::milliseconds default_provider_timeout{10'000};

/// A client that answers as a provider's must. Throws AuthError: provider_unreachable,
/// provider_timeout, provider_redirected, answer_too_large, answer_malformed. Any status but a 3xx
/// is the caller's to judge.
[[nodiscard]] Future<httpclient::HTTPResponse> fetch_answer(
    httpclient::AsyncHTTPClient client,
    httpclient::HTTPRequest request,
    ioloop::Duration timeout = default_provider_timeout
);

/// The JSON of an answer with 2xx. Throws AuthError: answer_malformed; for other statuses
/// provider_refused when the answer gives an `error`, and provider_status when not, or for 5xx.
[[nodiscard]] boost::json::value json_of(const httpclient::HTTPResponse& response);

/// The JSON object that a provider answers with 2xx. Throws AuthError as fetch_answer() and
/// json_of() do.
[[nodiscard]] Future<boost::json::object> fetch_object(
    httpclient::AsyncHTTPClient client,
    httpclient::HTTPRequest request,
    ioloop::Duration timeout = default_provider_timeout
);

/// The JSON object by which a token endpoint grants what it is asked for. Throws AuthError
/// likewise; for an `error` with 2xx too, as GitHub has it. When it is the code or the refresh
/// token that it does not take, the error is `bad_grant`.
[[nodiscard]] Future<boost::json::object> fetch_grant(
    httpclient::AsyncHTTPClient client,
    httpclient::HTTPRequest request,
    Errc bad_grant,
    ioloop::Duration timeout = default_provider_timeout
);

/// The same as fetch_object() for any JSON.
[[nodiscard]] Future<boost::json::value> fetch_json(
    httpclient::AsyncHTTPClient client,
    httpclient::HTTPRequest request,
    ioloop::Duration timeout = default_provider_timeout
);

/// The text of an answer with 2xx; throws AuthError likewise.
[[nodiscard]] Future<std::string> fetch_text(
    httpclient::AsyncHTTPClient client,
    httpclient::HTTPRequest request,
    ioloop::Duration timeout = default_provider_timeout
);

/// A POST of a form, which asks for JSON.
[[nodiscard]] httpclient::HTTPRequest form_post(std::string url, const Parameters& fields);
/// A GET that asks for JSON, with an access token if that is not empty.
[[nodiscard]] httpclient::HTTPRequest json_get(std::string url, std::string_view access_token = {});

/// `url` with parameters added.
[[nodiscard]] std::string with_parameters(std::string_view url, const Parameters& fields);

/// What a token endpoint has answered. Throws AuthError{answer_malformed} when there is no access
/// token of the type "Bearer".
[[nodiscard]] Tokens tokens_from(const boost::json::object& answer);

}  // namespace tornado::auth
