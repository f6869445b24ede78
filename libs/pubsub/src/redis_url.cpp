#include "redis_url.hpp"

#include <charconv>
#include <stdexcept>

namespace tornado::pubsub {

namespace {

[[noreturn]] void refuse(const char* why) {
    throw std::invalid_argument{
        std::string{"a Redis is named by redis://[[user]:password@]host[:port][/database]: "} +
        why};
}

unsigned number(std::string_view text, unsigned most, const char* why) {
    unsigned value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end || value > most) {
        refuse(why);
    }
    return value;
}

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        unsigned value = 0;
        const auto digits = text.substr(i + 1, 2);
        const auto* const end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, value, 16);
        if (digits.size() != 2 || read.ec != std::errc{} || read.ptr != end) {
            refuse("a percent sign stands before two hexadecimal digits");
        }
        out.push_back(static_cast<char>(value));
        i += 2;
    }
    return out;
}

void read_credentials(std::string_view text, RedisURL& url) {
    const auto colon = text.find(':');
    if (colon == text.npos) {
        refuse("what stands before the @ is user:password, or :password");
    }
    url.user = decoded(text.substr(0, colon));
    url.password = decoded(text.substr(colon + 1));
    if (url.password.empty()) {
        refuse("the password is empty");
    }
}

void read_host(std::string_view text, RedisURL& url) {
    const auto bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == text.npos) {
        refuse("an IPv6 address stands in brackets");
    }
    const auto colon = text.find(':', bracket);
    if (colon != text.npos) {
        url.port = static_cast<std::uint16_t>(
            number(text.substr(colon + 1), 65'535, "the port is no number")
        );
    }
    text = text.substr(0, colon);
    if (text.starts_with('[')) {
        if (text.back() != ']') {
            refuse("an IPv6 address stands in brackets");
        }
        text = text.substr(1, text.size() - 2);
    }
    url.host = text;
    if (text.find_first_of("[]") != text.npos) {
        refuse("an IPv6 address stands in brackets");
    }
    if (url.host.empty() || url.port == 0) {
        refuse("there is no host, or no port");
    }
}

}  // namespace

RedisURL parse_redis_url(std::string_view text) {
    RedisURL url;
    if (text.starts_with("rediss://")) {
        url.tls = true;
        text.remove_prefix(9);
    } else if (text.starts_with("redis://")) {
        text.remove_prefix(8);
    } else {
        refuse("it begins otherwise");
    }
    if (text.find_first_of("?#") != text.npos) {
        refuse("there is no query and no fragment");
    }
    if (const auto slash = text.find('/'); slash != text.npos) {
        if (const auto database = text.substr(slash + 1); !database.empty()) {
            url.database = number(database, 1'000'000, "the database is no number");
        }
        text = text.substr(0, slash);
    }
    if (const auto at = text.rfind('@'); at != text.npos) {
        read_credentials(text.substr(0, at), url);
        text.remove_prefix(at + 1);
    }
    read_host(text, url);
    return url;
}

std::string RedisURL::to_string() const {
    const auto shown_host = host.find(':') == host.npos ? host : "[" + host + "]";
    return (tls ? "rediss://" : "redis://") + shown_host + ":" + std::to_string(port);
}

}  // namespace tornado::pubsub
