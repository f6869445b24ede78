#include "request_text.hpp"

#include "tornado/httputil/target.hpp"
#include "tornado/log.hpp"

namespace tornado::wsgi {

namespace {

bool is_plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string quote(std::string_view text, std::string_view allowed) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string quoted;
    for (const char c : text) {
        if (is_plain(c) || allowed.find(c) != allowed.npos) {
            quoted.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            quoted.push_back('%');
            quoted.push_back(digits[byte >> 4U]);
            quoted.push_back(digits[byte & 15U]);
        }
    }
    return quoted;
}

}  // namespace

std::string request_text(const WSGIRequest& request) {
    auto text = request.method + ' ' + request.target + " HTTP/1.1\r\n";
    request.headers.append_to(text);
    text.append("\r\n");
    return text;
}

void log_refusal(const WSGIRequest& request, int status) {
    log::access_log().warning(
        status, " ", request.method, " ", request.target, " (", request.remote_ip, ")"
    );
}

std::string quote_path(std::string_view path) {
    return quote(path, "-._~!$&'()*+,;=:@/");  // RFC 3986, 3.3
}

std::string quote_query(std::string_view query) {
    return quote(query, "-._~!$&'()*+,;=:@/?%");
}

std::string host_of_server(std::string_view name, std::string_view port) {
    std::string host{name};
    if (host.find(':') != host.npos && !host.starts_with('[')) {
        host = "[" + host + "]";  // an IPv6 address
    }
    if (!port.empty()) {
        host.append(":").append(port);
    }
    return !name.empty() && httputil::is_valid_host(host) ? host : "localhost";
}

std::string field_name(std::string_view key) {
    if (key == "CONTENT_TYPE") {
        return "Content-Type";
    }
    if (!key.starts_with("HTTP_") || key == "HTTP_CONTENT_TYPE" || key == "HTTP_CONTENT_LENGTH" ||
        key == "HTTP_TRANSFER_ENCODING" || key == "HTTP_EXPECT") {
        return {};  // the last three are the server's business, and done
    }
    std::string name{key.substr(5)};
    bool first = true;
    for (char& c : name) {
        if (c == '_') {
            c = '-';
        } else if (!first && c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
        first = c == '-';
    }
    return name;
}

}  // namespace tornado::wsgi
