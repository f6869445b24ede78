#include "tornado/testing/async_http_test_case.hpp"

#include "tornado/httpclient/async_http_client.hpp"
#include "tornado/testing/unused_port.hpp"

namespace tornado::testing {

AsyncHTTPTestCase::AsyncHTTPTestCase() = default;

AsyncHTTPTestCase::~AsyncHTTPTestCase() {
    close_all();
    close_loop();  // while the application is still there for what unwinds
}

void AsyncHTTPTestCase::teardown() {
    close_all();
    AsyncTestCase::teardown();
}

void AsyncHTTPTestCase::close_all() {
    if (client_ != nullptr) {
        client_->close();
    }
    if (server_ != nullptr) {
        server_->stop();
        server_->close_all_connections();
    }
}

httpserver::HTTPServer& AsyncHTTPTestCase::http_server() {
    if (server_ == nullptr) {
        app_ = get_app();
        server_ = std::make_unique<httpserver::HTTPServer>(*app_, get_httpserver_options());
        auto [socket, port] = bind_unused_port();
        server_->add_socket(std::move(socket));
        port_ = port;
    }
    return *server_;
}

int AsyncHTTPTestCase::get_http_port() {
    static_cast<void>(http_server());
    return port_;
}

std::string AsyncHTTPTestCase::get_url(std::string_view path) {
    return get_protocol() + "://127.0.0.1:" + std::to_string(get_http_port()) + std::string{path};
}

httpclient::AsyncHTTPClient& AsyncHTTPTestCase::http_client() {
    if (client_ == nullptr) {
        client_ = std::make_unique<httpclient::AsyncHTTPClient>(
            httpclient::force_instance,
            httpclient::HTTPClientOptions{
                .hostname_mapping = {{"localhost", "127.0.0.1"}}, .keep_alive = false}
        );
    }
    return *client_;
}

HTTPResponse AsyncHTTPTestCase::fetch(std::string_view path_or_url, FetchOptions options) {
    static_cast<void>(http_server());
    const bool is_url = path_or_url.starts_with("http://") || path_or_url.starts_with("https://");
    httpclient::HTTPRequest request{is_url ? std::string{path_or_url} : get_url(path_or_url)};
    const auto& method = options.method;
    if (!options.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
        request.body(std::move(options.body));
    }
    request.method(method)
        .headers(std::move(options.headers))
        .follow_redirects(options.follow_redirects)
        .max_redirects(options.max_redirects)
        .allow_nonstandard_methods(true)
        .connect_timeout(ioloop::Duration::zero())  // there is that of the test
        .decompress_response(false)
        .request_timeout(ioloop::Duration::zero());
    const auto timeout = options.timeout.value_or(get_async_test_timeout());
    auto response = run([&] { return http_client().fetch(request, false); }, timeout);
    return {
        response.code,
        std::move(response.reason),
        std::move(response.headers),
        std::move(response.body),
        response.effective_url()};
}

RawConnection AsyncHTTPTestCase::connect() {
    return {*this, netutil::Address{"127.0.0.1", static_cast<std::uint16_t>(get_http_port())}};
}

std::string AsyncHTTPTestCase::fetch_raw(std::string_view bytes) {
    auto connection = connect();
    connection.send(bytes);
    return connection.read_until_close();
}

}  // namespace tornado::testing
