#include "client.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "response_reader.hpp"
#include "tornado/httputil/arguments.hpp"

namespace tornado::testing {

namespace {

constexpr std::string_view scheme = "http://";

/// The parts of "http://authority/target", as views into it.
struct Location {
    std::string_view authority;
    std::string_view target;  ///< without the fragment
};

Location split_url(std::string_view url) {
    if (!url.starts_with(scheme)) {
        throw std::invalid_argument{"the test's client knows http:// only: " + std::string{url}};
    }
    url.remove_prefix(scheme.size());
    url = url.substr(0, url.find('#'));
    const auto slash = std::min(url.find_first_of("/?"), url.size());
    return {url.substr(0, slash), url.substr(slash)};
}

netutil::Address address_of(std::string_view authority) {
    const auto [host, port] = httputil::split_host_and_port(authority);
    auto numeric = host == "localhost" ? std::string_view{"127.0.0.1"} : host;
    if (numeric.starts_with('[') && numeric.ends_with(']')) {
        numeric = numeric.substr(1, numeric.size() - 2);
    }
    const netutil::Address address{numeric, static_cast<std::uint16_t>(port.value_or(80))};
    if (address.empty()) {
        throw std::invalid_argument{
            "the test's client connects to numeric addresses only: " + std::string{host}};
    }
    return address;
}

/// What `reference`, a Location field, means seen from `url`.
std::string resolve(std::string_view url, std::string_view reference) {
    if (reference.find("://") != std::string_view::npos) {
        return std::string{reference};
    }
    const auto [authority, target] = split_url(url);
    const auto origin = std::string{scheme} + std::string{authority};
    if (reference.starts_with('/')) {
        return origin + std::string{reference};
    }
    const auto path = target.substr(0, target.find('?'));
    const auto folder = path.substr(0, path.rfind('/') + 1);
    return origin + (folder.empty() ? "/" : std::string{folder}) + std::string{reference};
}

std::string request_bytes(const Location& location, const FetchOptions& options) {
    std::string bytes = options.method + " ";
    if (!location.target.starts_with('/')) {
        bytes += "/";
    }
    bytes.append(location.target).append(" HTTP/1.1\r\n");
    const auto add_default = [&](std::string_view name, std::string_view value) {
        if (!options.headers.contains(name)) {
            bytes.append(name).append(": ").append(value).append("\r\n");
        }
    };
    add_default("Host", location.authority);
    add_default("Connection", "close");
    const bool has_body = !options.body.empty() || options.method == "POST" ||
                          options.method == "PUT" || options.method == "PATCH";
    if (has_body && !options.headers.contains("Transfer-Encoding")) {
        add_default("Content-Length", std::to_string(options.body.size()));
        if (options.method == "POST") {
            add_default("Content-Type", "application/x-www-form-urlencoded");
        }
    }
    options.headers.append_to(bytes);
    return bytes + "\r\n" + options.body;
}

bool is_redirect(int code) {
    return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

/// The request that follows a redirect: as browsers do, POST becomes GET except for 307 and 308.
void follow(FetchOptions& options, int code) {
    const bool becomes_get = (code == 303 && options.method != "HEAD") ||
                             ((code == 301 || code == 302) && options.method == "POST");
    if (becomes_get) {
        options.method = "GET";
        options.body.clear();
        options.headers.remove("Content-Length");
        options.headers.remove("Content-Type");
    }
}

Future<HTTPResponse> fetch_once(std::string url, FetchOptions options) {
    const auto location = split_url(url);
    const auto address = address_of(location.authority);
    ResponseReader reader{new_stream(address)};
    co_await reader.stream().connect(address);
    const auto bytes = request_bytes(location, options);
    reader.stream().write(bytes);
    auto response = co_await reader.read(options.method);
    response.effective_url = url;
    co_return response;
}

}  // namespace

iostream::IOStream new_stream(const netutil::Address& server) {
    const int family = server.is_ipv6() ? AF_INET6 : AF_INET;
    netutil::Socket socket{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket) {
        throw std::system_error{errno, std::generic_category(), "socket"};
    }
    return iostream::IOStream{std::move(socket)};
}

Future<HTTPResponse> fetch_url(std::string url, FetchOptions options) {
    auto left = options.max_redirects;
    while (true) {
        auto response = co_await fetch_once(url, options);
        const auto location = response.headers.get("Location");
        if (!options.follow_redirects || left == 0 || !is_redirect(response.code) || !location) {
            co_return response;
        }
        --left;
        url = resolve(url, *location);
        follow(options, response.code);
    }
}

}  // namespace tornado::testing
