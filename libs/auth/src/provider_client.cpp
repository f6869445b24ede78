#include "provider_client.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "json_fields.hpp"
#include "tornado/auth/errors.hpp"
#include "tornado/auth/tokens.hpp"
#include "tornado/escape/json.hpp"
#include "tornado/escape/url.hpp"
#include "tornado/gen.hpp"
#include "tornado/httputil/arguments.hpp"
#include "tornado/util/ascii.hpp"

namespace tornado::auth {

using httpclient::AsyncHTTPClient;
using httpclient::HTTPRequest;
using httpclient::HTTPResponse;

namespace {

constexpr std::size_t largest_answer = 1'048'576;

/// The request under these conditions; its body goes to `body`.
HTTPRequest
limited(HTTPRequest request, ioloop::Duration timeout, std::shared_ptr<std::string> body) {
    request.follow_redirects(false).connect_timeout(timeout).request_timeout(timeout);
    request.streaming_callback([body = std::move(body)](std::string_view chunk) {
        if (body->size() + chunk.size() > largest_answer) {
            throw AuthError{Errc::answer_too_large};
        }
        body->append(chunk);
    });
    return request;
}

Future<HTTPResponse>
fetch_in_time(AsyncHTTPClient client, HTTPRequest request, ioloop::Duration timeout) {
    try {
        auto fetch = client.fetch(std::move(request), false);
        co_return co_await gen::cancel_after(timeout, std::move(fetch));
    } catch (const AuthError&) {
        throw;
    } catch (const gen::TimeoutError&) {
        throw AuthError{Errc::provider_timeout};
    } catch (const httpclient::HTTPTimeoutError&) {
        throw AuthError{Errc::provider_timeout};
    } catch (const httpclient::HTTPBadResponseError& error) {
        throw AuthError{Errc::answer_malformed, error.reason().message()};
    } catch (const httpclient::HTTPClientError& error) {
        throw AuthError{Errc::provider_unreachable, {}, error.message()};
    } catch (const std::system_error& error) {
        throw AuthError{Errc::provider_unreachable, error.code().message()};
    }
}

/// What a provider says of its refusal (RFC 6749, 5.2).
std::string reason_in(const boost::json::object& answer) {
    auto reason = text_field(answer, "error").value_or("");
    const auto* const error = answer.if_contains("error");
    if (error != nullptr && error->is_object()) {  // as Facebook says it
        reason = text_field(error->get_object(), "message").value_or("");
    }
    if (const auto description = text_field(answer, "error_description")) {
        reason += ": " + *description;
    }
    return reason;
}

/// Whether an answer says that something is wrong: `"error": null` does not.
bool is_refusal(const boost::json::object& answer) {
    const auto* const error = answer.if_contains("error");
    return error != nullptr &&
           (error->is_object() || (error->is_string() && !error->get_string().empty()));
}

/// Whether it is the code or the refresh token that is wrong; the latter name is GitHub's.
bool is_bad_grant(const boost::json::object& answer) {
    const auto error = text_field(answer, "error");
    return error == "invalid_grant" || error == "bad_verification_code";
}

/// Where a redirect leads, without the query: what we have sent may be in it.
std::string target_of(const HTTPResponse& response) {
    const auto location = response.headers.get("Location").value_or("");
    return location.substr(0, location.find_first_of("?#"));
}

/// Whether the provider has a bad moment, whatever it says besides.
bool is_trouble(int code) noexcept {
    return code >= 500;
}

bool is_success(int code) noexcept {
    return code >= 200 && code < 300;
}

}  // namespace

Future<HTTPResponse>
fetch_answer(AsyncHTTPClient client, HTTPRequest request, ioloop::Duration timeout) {
    const auto body = std::make_shared<std::string>();
    auto limited_request = limited(std::move(request), timeout, body);
    auto response = co_await fetch_in_time(std::move(client), std::move(limited_request), timeout);
    if (response.code >= 300 && response.code < 400) {
        throw AuthError{Errc::provider_redirected, {}, target_of(response)};
    }
    response.body = std::move(*body);
    co_return response;
}

boost::json::value json_of(const HTTPResponse& response) {
    auto value = escape::json_decode(response.body);
    if (!is_success(response.code)) {
        const auto* const object =
            value && !is_trouble(response.code) ? value->if_object() : nullptr;
        if (object != nullptr && is_refusal(*object)) {
            throw AuthError{Errc::provider_refused, {}, reason_in(*object)};
        }
        throw AuthError{Errc::provider_status, std::to_string(response.code)};
    }
    if (!value) {
        throw AuthError{
            Errc::answer_malformed, "no JSON", response.headers.get("Content-Type").value_or("")};
    }
    return std::move(*value);
}

Future<boost::json::value>
fetch_json(AsyncHTTPClient client, HTTPRequest request, ioloop::Duration timeout) {
    const auto response = co_await fetch_answer(std::move(client), std::move(request), timeout);
    co_return json_of(response);
}

Future<boost::json::object>
fetch_grant(AsyncHTTPClient client, HTTPRequest request, Errc bad_grant, ioloop::Duration timeout) {
    const auto response = co_await fetch_answer(std::move(client), std::move(request), timeout);
    const auto answer = parse_object(response.body);
    if (answer && is_refusal(*answer) && !is_trouble(response.code)) {
        const auto code = is_bad_grant(*answer) ? bad_grant : Errc::provider_refused;
        throw AuthError{code, {}, reason_in(*answer)};
    }
    static_cast<void>(json_of(response));
    if (!answer) {
        throw AuthError{Errc::answer_malformed, "no JSON object"};
    }
    co_return *answer;
}

Future<boost::json::object>
fetch_object(AsyncHTTPClient client, HTTPRequest request, ioloop::Duration timeout) {
    auto value = co_await fetch_json(std::move(client), std::move(request), timeout);
    if (!value.is_object()) {
        throw AuthError{Errc::answer_malformed, "no JSON object"};
    }
    co_return std::move(value.get_object());
}

Future<std::string>
fetch_text(AsyncHTTPClient client, HTTPRequest request, ioloop::Duration timeout) {
    auto response = co_await fetch_answer(std::move(client), std::move(request), timeout);
    if (!is_success(response.code)) {
        throw AuthError{Errc::provider_status, std::to_string(response.code)};
    }
    co_return std::move(response.body);
}

std::string with_parameters(std::string_view url, const Parameters& fields) {
    httputil::ArgumentList arguments;
    for (const auto& [name, value] : fields) {
        arguments.emplace_back(name, value);
    }
    return httputil::url_concat(url, arguments);
}

HTTPRequest form_post(std::string url, const Parameters& fields) {
    std::string form;
    for (const auto& [name, value] : fields) {
        form.append(form.empty() ? "" : "&").append(escape::url_escape(name));
        form.append("=").append(escape::url_escape(value));
    }
    HTTPRequest request{std::move(url)};
    request.method("POST").body(std::move(form)).header("Accept", "application/json");
    request.header("Content-Type", "application/x-www-form-urlencoded");
    return request;
}

HTTPRequest json_get(std::string url, std::string_view access_token) {
    HTTPRequest request{std::move(url)};
    request.header("Accept", "application/json");
    if (!access_token.empty()) {
        request.header("Authorization", "Bearer " + std::string{access_token});
    }
    return request;
}

Tokens tokens_from(const boost::json::object& answer) {
    Tokens tokens;
    tokens.access_token = text_field(answer, "access_token").value_or("");
    tokens.id_token = text_field(answer, "id_token").value_or("");
    tokens.refresh_token = text_field(answer, "refresh_token").value_or("");
    tokens.scope = text_field(answer, "scope").value_or("");
    tokens.token_type = text_field(answer, "token_type").value_or("Bearer");
    constexpr double longest =
        100.0 * 365 * 24 * 3'600;  // a time_point holds no more than 292 years
    const auto seconds = number_field(answer, "expires_in");
    if (seconds && *seconds >= 0 && *seconds < longest) {
        tokens.expires = std::chrono::system_clock::now() +
                         std::chrono::seconds{static_cast<std::int64_t>(*seconds)};
    }
    const bool is_sendable =
        std::all_of(tokens.access_token.begin(), tokens.access_token.end(), [](char c) {
            return c > ' ' && c <= '~';
        });
    if (tokens.access_token.empty() || !is_sendable ||
        !util::equals_ignore_case(tokens.token_type, "bearer")) {
        throw AuthError{Errc::answer_malformed, "no access token of the type Bearer"};
    }
    return tokens;
}

}  // namespace tornado::auth
