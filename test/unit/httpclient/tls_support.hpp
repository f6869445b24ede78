#pragma once

#include <string>
#include <system_error>
#include <tornado/iostream/ssl_errors.hpp>

#include "support.hpp"

using iostream::SSLErrc;

/// What is wrong with the server's certificate, or what else keeps the client from TLS with it.
inline std::error_code refusal(ClientTest& test, const HTTPRequest& request) {
#ifdef TORNADO_TEST_CURL
    try {
        test.fetch_from(request);
    } catch (const tornado::curl_httpclient::CurlError& error) {
        const std::pair<std::string, SSLErrc> sentences[] = {
            {"self-signed", SSLErrc::certificate_self_signed},
            {"issuer", SSLErrc::certificate_unknown_ca},
            {"not yet valid", SSLErrc::certificate_not_yet_valid},
            {"expired", SSLErrc::certificate_expired},
            {"not match", SSLErrc::certificate_wrong_host},
            {"no alternative certificate subject name", SSLErrc::certificate_wrong_host},
            {"unsuitable", SSLErrc::certificate_invalid},
            {"purpose", SSLErrc::certificate_invalid},
            {"wrong version number", SSLErrc::not_tls}};
        for (const auto& [part, code] : sentences) {
            if (error.message().find(part) != std::string::npos) {
                return code;
            }
        }
        throw;
    } catch (const std::system_error& error) {
        return error.code();
    }
    return {};
#else
    return test.failure<std::system_error>(request).code();
#endif
}
