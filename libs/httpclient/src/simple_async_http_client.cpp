#include "tornado/httpclient/simple_async_http_client.hpp"

#include "client_core.hpp"

namespace tornado::simple_httpclient {

using httpclient::ClientCore;

SimpleAsyncHTTPClient::SimpleAsyncHTTPClient(const httpclient::HTTPClientOptions& options)
    : core_{std::make_unique<ClientCore>(options)} {
    core_->retain();
}

/// Fetches that are on the stack may still need the core.
SimpleAsyncHTTPClient::~SimpleAsyncHTTPClient() {
    core_->close();
    core_.release()->release();
}

Future<httpclient::HTTPResponse>
SimpleAsyncHTTPClient::fetch_impl(httpclient::HTTPRequest request, bool raise_error) {
    return core_->fetch(std::move(request), raise_error);
}

void SimpleAsyncHTTPClient::close() {
    core_->close();
}

std::size_t SimpleAsyncHTTPClient::active_count() const noexcept {
    return core_->active_count();
}
std::size_t SimpleAsyncHTTPClient::queue_size() const noexcept {
    return core_->queue_size();
}
std::size_t SimpleAsyncHTTPClient::idle_connection_count() const noexcept {
    return core_->pool().idle_count();
}

}  // namespace tornado::simple_httpclient
