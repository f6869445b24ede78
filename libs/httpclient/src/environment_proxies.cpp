#include "environment_proxies.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tornado::httpclient {

namespace {

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
    : http_{read(look, {"http_proxy", "all_proxy", "ALL_PROXY"})},
      https_{read(look, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})} {
    if (const auto list = first_of(look, {"no_proxy", "NO_PROXY"})) {
        spared_ = split_names(list->second);
        spares_all_ = list->second == "*";
    }
}

EnvironmentProxies::Named
EnvironmentProxies::read(const Look& look, std::initializer_list<const char*> names) {
    const auto found = first_of(look, names);
    if (!found) {
        return std::monostate{};
    }
    try {
        return parse_proxy(found->second);
    } catch (const std::invalid_argument& error) {
        return found->first + ": " + error.what();
    }
}

const Proxy* EnvironmentProxies::find(const Url& url) const {
    const auto& named = url.secure ? https_ : http_;
    if (std::holds_alternative<std::monostate>(named) || is_spared(url.host)) {
        return nullptr;
    }
    if (const auto* const why = std::get_if<std::string>(&named)) {
        throw std::invalid_argument{*why};
    }
    return &std::get<Proxy>(named);
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
