// Fetches a URL a number of times, as its options say, and prints a line for each response: status,
// whether the connection was kept, bytes of the body, and its SHA-1.
#include <tornado/httpclient.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/simple_httpclient.hpp>

#ifdef TORNADO_TEST_CURL
#include <tornado/curl_httpclient.hpp>
#endif

#include <openssl/sha.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace httpclient = tornado::httpclient;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
using tornado::Future;

namespace {

std::string sha1(const std::string& text) {
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::string result;
    for (const auto byte : digest) {
        std::array<char, 3> hex{};
        std::snprintf(hex.data(), hex.size(), "%02x", byte);
        result += hex.data();
    }
    return result;
}

Future<void> produce(httpclient::BodyWriter write, std::size_t size) {
    while (size != 0) {
        const auto piece = std::string(std::min<std::size_t>(size, 30'000), 'b');
        size -= piece.size();
        co_await write(piece);
    }
}

httpclient::HTTPRequest make_request(const std::string& url) {
    httpclient::HTTPRequest request{url};
    request.method(options::get<std::string>("method"))
        .expect_100_continue(options::get<bool>("expect"))
        .allow_nonstandard_methods(true);
    const auto size = static_cast<std::size_t>(options::get<int>("body"));
    if (options::get<bool>("produce")) {
        request.body_producer([size](const httpclient::BodyWriter& write) {
            return produce(write, size);
        });
    } else if (size != 0) {
        request.body(std::string(size, 'b'));
    }
    if (const auto user = options::get<std::string>("user"); !user.empty()) {
        const auto colon = user.find(':');
        request.auth_username(user.substr(0, colon)).auth_password(user.substr(colon + 1));
        request.auth_mode(options::get<std::string>("auth_mode"));
    }
    if (const auto port = options::get<int>("proxy_port"); port != 0) {
        request.proxy("127.0.0.1", port);
    }
    if (const auto user = options::get<std::string>("proxy_user"); !user.empty()) {
        const auto colon = user.find(':');
        request.proxy_username(user.substr(0, colon)).proxy_password(user.substr(colon + 1));
    }
    if (const auto file = options::get<std::string>("ca_certs"); !file.empty()) {
        request.ca_certs(file);
    }
    return request;
}

std::shared_ptr<httpclient::HTTPClientImplementation> make_client(
    const httpclient::HTTPClientOptions& client_options
) {
    if (!options::get<bool>("curl")) {
        return std::make_shared<tornado::simple_httpclient::SimpleAsyncHTTPClient>(client_options);
    }
#ifdef TORNADO_TEST_CURL
    return std::make_shared<tornado::curl_httpclient::CurlAsyncHTTPClient>(client_options);
#else
    throw std::runtime_error{"it is built without libcurl"};
#endif
}

Future<void> fetch_all(std::string url) {
    httpclient::HTTPClientOptions client_options;
    client_options.cookie_jar = std::make_shared<httpclient::CookieJar>();
    client_options.proxies_from_environment = options::get<bool>("env_proxy");
    httpclient::AsyncHTTPClient client(make_client(client_options));
    const auto request = make_request(url);
    for (int i = 0; i < options::get<int>("count"); ++i) {
        const auto response = co_await client.fetch(request, false);
        std::printf(
            "%d %s %zu %s\n",
            response.code,
            response.time_info.connection_reused ? "kept" : "new",
            response.body.size(),
            sha1(response.body).c_str()
        );
    }
}

}  // namespace

int main(int argc, char** argv) try {
    options::define("auth_mode", "basic", "basic or digest");
    options::define("body", 0, "how many bytes to send");
    options::define("ca_certs", "", "whom to trust");
    options::define("count", 1, "how often to fetch");
    options::define("curl", false, "leave the work to libcurl");
    options::define("env_proxy", false, "take the proxies of the environment");
    options::define("expect", false, "wait for 100 Continue");
    options::define("method", "GET", "the method");
    options::define("produce", false, "send the body in chunks");
    options::define("proxy_port", 0, "the port of an HTTP proxy on this machine");
    options::define("proxy_user", "", "name:password for the proxy");
    options::define("user", "", "name:password for the server");
    const auto urls = options::parse_command_line(argc, argv);
    ioloop::IOLoop::current().run_sync([&] { return fetch_all(urls.at(0)); });
} catch (const std::exception& error) {
    std::fprintf(stderr, "client: %s\n", error.what());
    return 1;
}
