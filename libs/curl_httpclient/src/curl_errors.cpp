// What libcurl says of a fetch that has failed, as those who fetch hear of it.
#include <openssl/x509_vfy.h>

#include <system_error>

#include "curl_core.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/iostream/resolver.hpp"
#include "tornado/iostream/ssl_errors.hpp"

namespace tornado::curl_httpclient {

using httpclient::HTTPBadResponseError;
using httpclient::HTTPProxyError;
using httpclient::HTTPStreamClosedError;
using httpclient::HTTPTimeoutError;
using httputil::Errc;
using iostream::SSLErrc;

namespace {

/// libcurl looks at the name itself, and has OpenSSL's word on all else.
SSLErrc error_of_certificate(long result) noexcept {
    return result == X509_V_OK || result == X509_V_ERR_UNSPECIFIED
               ? SSLErrc::certificate_wrong_host
               : iostream::error_of_certificate(result);
}

}  // namespace

std::exception_ptr CurlFetch::not_connected(std::error_code reason) const {
    auto what = "cannot connect to " + url_.authority;
    if (settings().names_proxy()) {
        what += " through the proxy " + *settings().proxy_host() + " at port ";
        what += std::to_string(settings().value_or(&Settings::proxy_port, 0));
    }
    return std::make_exception_ptr(std::system_error{reason, what});
}

std::exception_ptr CurlFetch::error_of(CURLcode status) const {
    long number = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &number);
    if (number >= 300) {
        return std::make_exception_ptr(HTTPProxyError{static_cast<int>(number), "", url_.authority}
        );
    }
    switch (status) {
        case CURLE_OPERATION_TIMEDOUT:
            return std::make_exception_ptr(HTTPTimeoutError{phase()});
        case CURLE_COULDNT_RESOLVE_HOST:
            return std::make_exception_ptr(netutil::resolver_error(
                make_error_code(netutil::ResolverErrc::name_not_known), url_.host
            ));
        case CURLE_COULDNT_RESOLVE_PROXY:
            return std::make_exception_ptr(netutil::resolver_error(
                make_error_code(netutil::ResolverErrc::name_not_known),
                settings().names_proxy() ? *settings().proxy_host() : "the proxy of the environment"
            ));
        case CURLE_COULDNT_CONNECT:
            ::curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
            return not_connected({static_cast<int>(number), std::system_category()});
        case CURLE_PEER_FAILED_VERIFICATION:
            ::curl_easy_getinfo(easy_.get(), CURLINFO_SSL_VERIFYRESULT, &number);
            return not_connected(error_of_certificate(number));
        case CURLE_GOT_NOTHING:
            return std::make_exception_ptr(HTTPStreamClosedError{make_error_code(Errc::no_response)}
            );
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
            return std::make_exception_ptr(HTTPStreamClosedError{
                make_error_code(Errc::incomplete_message)});
        case CURLE_FILESIZE_EXCEEDED:
            return std::make_exception_ptr(HTTPBadResponseError{
                make_error_code(Errc::body_too_large)});
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return std::make_exception_ptr(HTTPBadResponseError{
                make_error_code(Errc::malformed_start_line)});
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_WRITE_ERROR:  // not ours: what follows the end of a compressed body
            if (message_.starts_with("Unrecognized content encoding")) {
                return with_words_of_its_own(status);
            }
            return std::make_exception_ptr(HTTPBadResponseError{
                make_error_code(Errc::malformed_content)});
        default:
            return with_words_of_its_own(status);
    }
}

std::exception_ptr CurlFetch::with_words_of_its_own(CURLcode status) const {
    return std::make_exception_ptr(CurlError{
        status, message_[0] != '\0' ? message_.c_str() : ::curl_easy_strerror(status)});
}

}  // namespace tornado::curl_httpclient
