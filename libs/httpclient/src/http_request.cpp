#include "tornado/httpclient/http_request.hpp"

#include "tornado/httputil/http_date.hpp"

namespace tornado::httpclient {

HTTPRequest::HTTPRequest(std::string url) : data_{std::make_shared<Data>()} {
    data_->url = std::move(url);
}
HTTPRequest::HTTPRequest(const char* url) : HTTPRequest{std::string{url}} {}
HTTPRequest::HTTPRequest(std::string_view url) : HTTPRequest{std::string{url}} {}

/// What can be changed without another copy seeing it.
HTTPRequest::Data& HTTPRequest::edit() {
    if (data_.use_count() != 1) {
        data_ = std::make_shared<Data>(*data_);
    }
    return *data_;
}

HTTPRequest& HTTPRequest::url(std::string url) {
    edit().url = std::move(url);
    return *this;
}
HTTPRequest& HTTPRequest::method(std::string method) {
    edit().method = std::move(method);
    return *this;
}
HTTPRequest& HTTPRequest::headers(httputil::HTTPHeaders headers) {
    headers.make_owned();
    edit().headers = std::move(headers);
    return *this;
}
HTTPRequest& HTTPRequest::header(std::string_view name, std::string_view value) {
    edit().headers.set(name, value);
    return *this;
}
HTTPRequest& HTTPRequest::body(std::optional<std::string> body) {
    edit().body = std::move(body);
    return *this;
}
HTTPRequest& HTTPRequest::body_producer(BodyProducer producer) {
    edit().body_producer = std::move(producer);
    return *this;
}
HTTPRequest& HTTPRequest::header_callback(HeaderCallback callback) {
    edit().header_callback = std::move(callback);
    return *this;
}
HTTPRequest& HTTPRequest::if_modified_since(std::chrono::system_clock::time_point time) {
    return header("If-Modified-Since", httputil::format_timestamp(time));
}
HTTPRequest& HTTPRequest::settings(RequestSettings settings) {
    edit().settings = std::move(settings);
    return *this;
}
HTTPRequest& HTTPRequest::ssl_options(netutil::SSLContext context) {
    edit().settings.ssl_context = std::move(context);
    return *this;
}
HTTPRequest& HTTPRequest::ssl_options(netutil::SSLOptions options) {
    edit().settings.ssl_options = std::move(options);
    return *this;
}

HTTPRequest& HTTPRequest::allow_ipv6(bool on) {
    edit().settings.allow_ipv6 = on;
    return *this;
}
HTTPRequest& HTTPRequest::allow_nonstandard_methods(bool on) {
    edit().settings.allow_nonstandard_methods = on;
    return *this;
}
HTTPRequest& HTTPRequest::auth_mode(std::string mode) {
    edit().settings.auth_mode = std::move(mode);
    return *this;
}
HTTPRequest& HTTPRequest::auth_password(std::string password) {
    edit().settings.auth_password = std::move(password);
    return *this;
}
HTTPRequest& HTTPRequest::auth_username(std::string name) {
    edit().settings.auth_username = std::move(name);
    return *this;
}
HTTPRequest& HTTPRequest::ca_certs(std::string file) {
    edit().settings.ca_certs = std::move(file);
    return *this;
}
HTTPRequest& HTTPRequest::client_cert(std::string file) {
    edit().settings.client_cert = std::move(file);
    return *this;
}
HTTPRequest& HTTPRequest::client_key(std::string file) {
    edit().settings.client_key = std::move(file);
    return *this;
}
HTTPRequest& HTTPRequest::connect_timeout(ioloop::Duration timeout) {
    edit().settings.connect_timeout = timeout;
    return *this;
}
HTTPRequest& HTTPRequest::decompress_response(bool on) {
    edit().settings.decompress_response = on;
    return *this;
}
HTTPRequest& HTTPRequest::expect_100_continue(bool on) {
    edit().settings.expect_100_continue = on;
    return *this;
}
HTTPRequest& HTTPRequest::follow_redirects(bool on) {
    edit().settings.follow_redirects = on;
    return *this;
}
HTTPRequest& HTTPRequest::max_redirects(int count) {
    edit().settings.max_redirects = count;
    return *this;
}
HTTPRequest& HTTPRequest::network_interface(std::string address) {
    edit().settings.network_interface = std::move(address);
    return *this;
}
HTTPRequest& HTTPRequest::request_timeout(ioloop::Duration timeout) {
    edit().settings.request_timeout = timeout;
    return *this;
}
HTTPRequest& HTTPRequest::user_agent(std::string name) {
    edit().settings.user_agent = std::move(name);
    return *this;
}
HTTPRequest& HTTPRequest::validate_cert(bool on) {
    edit().settings.validate_cert = on;
    return *this;
}

}  // namespace tornado::httpclient
