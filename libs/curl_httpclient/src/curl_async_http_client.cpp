#include "tornado/curl_httpclient/curl_async_http_client.hpp"

#include "curl_core.hpp"

namespace tornado::curl_httpclient {

CurlError::CurlError(int error_number, const std::string& message)
    : HTTPClientError{599, message},
      error_number_{error_number} {}

CurlAsyncHTTPClient::CurlAsyncHTTPClient(
    const httpclient::HTTPClientOptions& options,
    PrepareCurlCallback prepare
)
    : core_{std::make_shared<CurlCore>(options, std::move(prepare))} {}

CurlAsyncHTTPClient::~CurlAsyncHTTPClient() {
    core_->close();
}

httpclient::AsyncHTTPClient::Factory CurlAsyncHTTPClient::factory(PrepareCurlCallback prepare) {
    return [prepare = std::move(prepare)](const httpclient::HTTPClientOptions& options) {
        return std::make_shared<CurlAsyncHTTPClient>(options, prepare);
    };
}

Future<httpclient::HTTPResponse>
CurlAsyncHTTPClient::fetch_impl(httpclient::HTTPRequest request, bool raise_error) {
    return core_->fetch(std::move(request), raise_error);
}

void CurlAsyncHTTPClient::close() {
    core_->close();
}

std::size_t CurlAsyncHTTPClient::active_count() const noexcept {
    return core_->active_count();
}
std::size_t CurlAsyncHTTPClient::queue_size() const noexcept {
    return core_->queue_size();
}

}  // namespace tornado::curl_httpclient
