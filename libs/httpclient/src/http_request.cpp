#include "tornado/httpclient/http_request.hpp"

#include "tornado/httputil/http_date.hpp"

namespace tornado::httpclient {

constinit const RequestSettings HTTPRequest::no_settings{};

HTTPRequest::HTTPRequest(std::string url) : data_{new Data} {
    data_->url = std::move(url);
}
HTTPRequest::HTTPRequest(const char* url) : HTTPRequest{std::string{url}} {}
HTTPRequest::HTTPRequest(std::string_view url) : HTTPRequest{std::string{url}} {}

/// What can be changed without another copy seeing it.
HTTPRequest::Data& HTTPRequest::edit() {
    if (data_->references != 1) {
        data_ = concurrent::StateRef<Data>{new Data{*data_}};
    }
    return *data_;
}

RequestSettings& HTTPRequest::edit_settings() {
    auto& settings = edit().settings;
    if (settings == nullptr) {
        settings = std::make_unique<RequestSettings>();
    }
    return *settings;
}

HTTPRequest::Data::Data(const Data& other)
    : url{other.url},
      method{other.method},
      headers{other.headers},
      body{other.body},
      body_producer{other.body_producer},
      streaming_callback{other.streaming_callback},
      header_callback{other.header_callback},
      head_callback{other.head_callback},
      settings{
          other.settings != nullptr ? std::make_unique<RequestSettings>(*other.settings)
                                    : nullptr} {}

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
HTTPRequest& HTTPRequest::head_callback(HeadCallback callback) {
    edit().head_callback = std::move(callback);
    return *this;
}
HTTPRequest& HTTPRequest::if_modified_since(std::chrono::system_clock::time_point time) {
    return header("If-Modified-Since", httputil::format_timestamp(time));
}
HTTPRequest& HTTPRequest::settings(RequestSettings settings) {
    edit_settings() = std::move(settings);
    return *this;
}
HTTPRequest& HTTPRequest::ssl_options(netutil::SSLContext context) {
    auto& settings = edit_settings();
    settings.ssl_context = std::move(context);
    settings.ssl_options.reset();
    return *this;
}
HTTPRequest& HTTPRequest::ssl_options(netutil::SSLOptions options) {
    auto& settings = edit_settings();
    settings.ssl_options = std::move(options);
    settings.ssl_context.reset();
    return *this;
}

HTTPRequest& HTTPRequest::allow_ipv6(bool on) {
    edit_settings().allow_ipv6 = on;
    return *this;
}
HTTPRequest& HTTPRequest::allow_nonstandard_methods(bool on) {
    edit_settings().allow_nonstandard_methods = on;
    return *this;
}
HTTPRequest& HTTPRequest::auth_mode(std::string mode) {
    edit_settings().auth_mode = std::move(mode);
    return *this;
}
HTTPRequest& HTTPRequest::auth_password(std::string password) {
    edit_settings().auth_password = std::move(password);
    return *this;
}
HTTPRequest& HTTPRequest::auth_username(std::string name) {
    edit_settings().auth_username = std::move(name);
    return *this;
}
HTTPRequest& HTTPRequest::ca_certs(std::string file) {
    edit_settings().ca_certs = std::move(file);
    return *this;
}
HTTPRequest& HTTPRequest::client_cert(std::string file) {
    edit_settings().client_cert = std::move(file);
    return *this;
}
HTTPRequest& HTTPRequest::client_key(std::string file) {
    edit_settings().client_key = std::move(file);
    return *this;
}
HTTPRequest& HTTPRequest::connect_timeout(ioloop::Duration timeout) {
    edit_settings().connect_timeout = timeout;
    return *this;
}
HTTPRequest& HTTPRequest::decompress_response(bool on) {
    edit_settings().decompress_response = on;
    return *this;
}
HTTPRequest& HTTPRequest::expect_100_continue(bool on) {
    edit_settings().expect_100_continue = on;
    return *this;
}
HTTPRequest& HTTPRequest::follow_redirects(bool on) {
    edit_settings().follow_redirects = on;
    return *this;
}
HTTPRequest& HTTPRequest::max_redirects(int count) {
    edit_settings().max_redirects = count;
    return *this;
}
HTTPRequest& HTTPRequest::max_retries(int count) {
    edit_settings().max_retries = count;
    return *this;
}
HTTPRequest& HTTPRequest::network_interface(std::string address) {
    edit_settings().network_interface = std::move(address);
    return *this;
}
HTTPRequest& HTTPRequest::proxy(std::string host, int port) {
    edit_settings().proxy_host = std::move(host);
    edit_settings().proxy_port = port;
    return *this;
}
HTTPRequest& HTTPRequest::proxy_auth_mode(std::string mode) {
    edit_settings().proxy_auth_mode = std::move(mode);
    return *this;
}
HTTPRequest& HTTPRequest::proxy_password(std::string password) {
    edit_settings().proxy_password = std::move(password);
    return *this;
}
HTTPRequest& HTTPRequest::proxy_username(std::string name) {
    edit_settings().proxy_username = std::move(name);
    return *this;
}
HTTPRequest& HTTPRequest::request_timeout(ioloop::Duration timeout) {
    edit_settings().request_timeout = timeout;
    return *this;
}
HTTPRequest& HTTPRequest::retry_delay(ioloop::Duration delay) {
    edit_settings().retry_delay = delay;
    return *this;
}
HTTPRequest& HTTPRequest::unix_socket(std::string path) {
    edit_settings().unix_socket = std::move(path);
    return *this;
}
HTTPRequest& HTTPRequest::user_agent(std::string name) {
    edit_settings().user_agent = std::move(name);
    return *this;
}
HTTPRequest& HTTPRequest::validate_cert(bool on) {
    edit_settings().validate_cert = on;
    return *this;
}

}  // namespace tornado::httpclient
