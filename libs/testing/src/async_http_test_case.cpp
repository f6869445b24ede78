#include "tornado/testing/async_http_test_case.hpp"

#include "client.hpp"
#include "tornado/testing/unused_port.hpp"

namespace tornado::testing {

AsyncHTTPTestCase::AsyncHTTPTestCase() = default;

AsyncHTTPTestCase::~AsyncHTTPTestCase() {
    close_server();
    close_loop();  // while the application is still there for what unwinds
}

void AsyncHTTPTestCase::teardown() {
    close_server();
    AsyncTestCase::teardown();
}

void AsyncHTTPTestCase::close_server() {
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

HTTPResponse AsyncHTTPTestCase::fetch(std::string_view path_or_url, FetchOptions options) {
    const auto url = path_or_url.starts_with("http://") || path_or_url.starts_with("https://")
                         ? std::string{path_or_url}
                         : get_url(path_or_url);
    static_cast<void>(http_server());
    const auto timeout = options.timeout.value_or(get_async_test_timeout());
    return run([&] { return fetch_url(url, options); }, timeout);
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
