#include "environment_proxies.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>

#include "tornado/escape/url.hpp"
#include "tornado/httputil/arguments.hpp"

namespace tornado::httpclient {

namespace {

constexpr int usual_port = 1080;  // curl's

/// The first of these variables that is there and not empty, with its name.
std::optional<std::pair<std::string, std::string>>
first_of(const EnvironmentProxies::Look& look, std::initializer_list<const char*> names) {
    for (const char* const name : names) {
        const char* const value = look(name);
        if (value != nullptr && *value != '\0') {
            return std::pair{std::string{name}, std::string{value}};
        }
    }
    return std::nullopt;
}

std::optional<Proxy>
read_proxy(const EnvironmentProxies::Look& look, std::initializer_list<const char*> names) {
    const auto found = first_of(look, names);
    if (!found) {
        return std::nullopt;
    }
    const auto& [name, value] = *found;
    Url url;
    try {
        url = parse_url(value.find("://") == value.npos ? "http://" + value : value);
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument{name + " names no HTTP proxy: " + error.what()};
    }
    if (url.secure) {
        throw std::invalid_argument{name + " names a proxy by https://, which there is none for"};
    }
    const bool has_port = httputil::split_host_and_port(url.authority).port.has_value();
    Proxy proxy{url.host, has_port ? url.port : usual_port};
    if (url.has_userinfo) {
        const auto colon = std::min(url.userinfo.find(':'), url.userinfo.size());
        const auto password = url.userinfo.substr(std::min(colon + 1, url.userinfo.size()));
        proxy.credentials = Credentials{
            escape::url_unescape(url.userinfo.substr(0, colon), false),
            escape::url_unescape(password, false)};
    }
    return proxy;
}

struct Bytes {
    std::array<unsigned char, 16> bytes{};
    unsigned bits = 0;
};

std::optional<Bytes> numeric(const std::string& text) {
    Bytes result;
    if (::inet_pton(AF_INET, text.c_str(), result.bytes.data()) == 1) {
        result.bits = 32;
        return result;
    }
    if (::inet_pton(AF_INET6, text.c_str(), result.bytes.data()) == 1) {
        result.bits = 128;
        return result;
    }
    return std::nullopt;
}

/// Whether a numeric address is the entry, or in its network: "10.0.0.0/8".
bool is_in(const Bytes& address, const std::string& entry) {
    const auto slash = std::min(entry.find('/'), entry.size());
    const auto network = numeric(entry.substr(0, slash));
    if (!network || network->bits != address.bits) {
        return false;
    }
    unsigned bits = address.bits;
    if (slash < entry.size()) {
        const char* const end = entry.data() + entry.size();
        const auto result = std::from_chars(entry.data() + slash + 1, end, bits);
        if (result.ec != std::errc{} || result.ptr != end || bits > address.bits) {
            return false;
        }
    }
    for (unsigned i = 0; i < bits; ++i) {
        const auto difference = address.bytes[i / 8] ^ network->bytes[i / 8];
        if ((difference >> (7 - i % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

std::vector<std::string> split_names(const std::string& list) {
    std::vector<std::string> names;
    std::string name;
    for (const char c : list + ",") {
        if (c == ',' || c == ' ' || c == '\t') {
            if (!name.empty()) {
                names.push_back(name);
            }
            name.clear();
        } else if (c != '[' && c != ']' && !(c == '.' && name.empty())) {
            name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
        }
    }
    return names;
}

}  // namespace

EnvironmentProxies::EnvironmentProxies()
    : EnvironmentProxies{[](const char* name) {
          return std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
      }} {}

EnvironmentProxies::EnvironmentProxies(const Look& look)
    : http_{read_proxy(look, {"http_proxy", "all_proxy", "ALL_PROXY"})},
      https_{read_proxy(look, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})} {
    if (const auto list = first_of(look, {"no_proxy", "NO_PROXY"})) {
        spared_ = split_names(list->second);
        spares_all_ = list->second == "*";
    }
}

const Proxy* EnvironmentProxies::find(const Url& url) const {
    const auto& proxy = url.secure ? https_ : http_;
    return proxy && !is_spared(url.host) ? &*proxy : nullptr;
}

bool EnvironmentProxies::is_spared(const std::string& host) const {
    if (spares_all_) {
        return true;
    }
    const auto address = numeric(host);
    return std::any_of(spared_.begin(), spared_.end(), [&](const std::string& entry) {
        if (address) {
            return is_in(*address, entry);
        }
        return host == entry || (host.size() > entry.size() && host.ends_with(entry) &&
                                 host[host.size() - entry.size() - 1] == '.');
    });
}

}  // namespace tornado::httpclient
