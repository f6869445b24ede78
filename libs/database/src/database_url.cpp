#include "database_url.hpp"

#include <algorithm>
#include <charconv>

namespace tornado::database {

namespace {

using std::string_view;

class URLCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tornado.database.url"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<URLErrc>(value)) {
            case URLErrc::no_scheme:
                return "it begins with the kind of database and a colon, as sqlite:blog.db";
            case URLErrc::unknown_scheme:
                return "the kinds of databases are sqlite, postgresql and mysql";
            case URLErrc::no_file:
                return "a file follows, as in sqlite:blog.db, or sqlite::memory:";
            case URLErrc::file_with_host:
                return "a file has no host: write sqlite:/folder/blog.db";
            case URLErrc::no_host_part:
                return "two slashes and the host follow, as in postgresql://localhost/blog";
            case URLErrc::bad_host:
                return "the host is a name, an address, [an address of IPv6], or a path with %2F "
                       "for its slashes";
            case URLErrc::bad_port:
                return "the port is a number from 1 to 65535";
            case URLErrc::bad_path:
                return "one name follows the host, as in postgresql://localhost/blog";
            case URLErrc::bad_escape:
                return "a percent sign stands before two hexadecimal digits, not 00";
            case URLErrc::bad_option:
                return "an option is name=value";
            case URLErrc::option_twice:
                return "an option is given twice";
            case URLErrc::control_character:
                return "it has a space or a control character: write it as %20 or the like";
        }
        return "unknown error";
    }
};

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<std::string> decoded(string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0) {
            return URLErrc::bad_escape;
        }
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

std::string lower(string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return out;
}

/// Stores a part without its escapes.
Result<void> store(string_view text, std::string& part) {
    auto value = decoded(text);
    if (value.has_error()) {
        return value.error();
    }
    part = std::move(*value);
    return {};
}

Result<void> read_scheme(string_view text, DatabaseURL& url) {
    const auto scheme = lower(text);
    if (scheme == "sqlite" || scheme == "sqlite3") {
        url.scheme = Scheme::sqlite;
    } else if (scheme == "postgresql" || scheme == "postgres") {
        url.scheme = Scheme::postgresql;
    } else if (scheme == "mysql" || scheme == "mariadb") {
        url.scheme = Scheme::mysql;
    } else {
        return URLErrc::unknown_scheme;
    }
    return {};
}

Result<void> read_options(string_view text, DatabaseURL& url) {
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const auto option = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = option.find('=');
        if (equals == 0 || equals == option.npos) {
            return URLErrc::bad_option;
        }
        DatabaseURL::Option read;
        if (const auto done = store(option.substr(0, equals), read.first); done.has_error()) {
            return done;
        }
        if (const auto done = store(option.substr(equals + 1), read.second); done.has_error()) {
            return done;
        }
        if (url.option(read.first) != nullptr) {
            return URLErrc::option_twice;
        }
        url.options.push_back(std::move(read));
    }
    return {};
}

Result<void> read_port(string_view text, DatabaseURL& url) {
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, url.port);
    if (text.empty() || read.ec != std::errc{} || read.ptr != end || url.port == 0) {
        return URLErrc::bad_port;
    }
    return {};
}

bool is_letter_or_digit(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Names may have letters of other scripts.
bool is_name(string_view host) noexcept {
    return std::ranges::all_of(host, [](char c) {
        return is_letter_or_digit(c) || string_view{"-._"}.find(c) != string_view::npos ||
               static_cast<unsigned char>(c) >= 0x80;
    });
}

/// An address of IPv6, perhaps with a zone: "fe80::1%eth0".
bool is_address(string_view host) noexcept {
    return host.find(':') != host.npos && std::ranges::all_of(host, [](char c) {
               return is_letter_or_digit(c) || string_view{":.%-_"}.find(c) != string_view::npos;
           });
}

/// `name`, `name:port`, `[address]:port` or a path.
Result<void> read_host(string_view text, DatabaseURL& url) {
    string_view rest;
    if (text.starts_with('[')) {
        const auto bracket = text.find(']');
        const auto inside = text.substr(1, std::min(bracket, text.size()) - 1);
        if (const auto done = store(inside, url.host); done.has_error()) {
            return done;
        }
        if (bracket == text.npos || !is_address(url.host)) {
            return URLErrc::bad_host;
        }
        rest = text.substr(bracket + 1);
        if (!rest.empty() && rest.front() != ':') {
            return URLErrc::bad_host;
        }
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        if (const auto done = store(text.substr(0, colon), url.host); done.has_error()) {
            return done;
        }
        if (!url.host.starts_with('/') && !is_name(url.host)) {
            return URLErrc::bad_host;
        }
        rest = text.substr(colon);
    }
    return rest.empty() ? Result<void>{} : read_port(rest.substr(1), url);
}

Result<void> read_authority(string_view text, DatabaseURL& url) {
    if (const auto at = text.rfind('@'); at != text.npos) {
        const auto who = text.substr(0, at);
        const auto colon = std::min(who.find(':'), who.size());
        if (const auto done = store(who.substr(0, colon), url.user); done.has_error()) {
            return done;
        }
        const auto password = colon < who.size() ? who.substr(colon + 1) : string_view{};
        if (const auto done = store(password, url.password); done.has_error()) {
            return done;
        }
        text.remove_prefix(at + 1);
    }
    return read_host(text, url);
}

Result<void> read_server(string_view text, DatabaseURL& url) {
    if (!text.starts_with("//")) {
        return URLErrc::no_host_part;
    }
    text.remove_prefix(2);
    const auto slash = std::min(text.find('/'), text.size());
    if (const auto done = read_authority(text.substr(0, slash), url); done.has_error()) {
        return done;
    }
    const auto path = text.substr(std::min(slash + 1, text.size()));
    if (path.find('/') != path.npos) {
        return URLErrc::bad_path;
    }
    return store(path, url.database);
}

Result<void> read_file(string_view text, DatabaseURL& url) {
    if (text.starts_with("//")) {
        text.remove_prefix(2);
        if (!text.starts_with('/')) {
            return text.empty() ? URLErrc::no_file : URLErrc::file_with_host;
        }
    }
    if (text.empty()) {
        return URLErrc::no_file;
    }
    return store(text, url.database);
}

std::string encoded(string_view text) {
    constexpr string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte == 0x7f || string_view{"%/?&@:#[]="}.find(c) != string_view::npos) {
            out.append({'%', digits[byte / 16], digits[byte % 16]});
        } else {
            out.push_back(c);
        }
    }
    return out;
}

std::string encoded_path(string_view text) {
    auto out = encoded(text);
    for (const string_view escape : {"%2F", "%3A"}) {
        for (auto at = out.find(escape); at != out.npos; at = out.find(escape, at)) {
            out.replace(at, escape.size(), escape == "%2F" ? "/" : ":");
        }
    }
    return out;
}

}  // namespace

std::error_code make_error_code(URLErrc error) noexcept {
    static const URLCategory category;
    return {static_cast<int>(error), category};
}

const std::string* DatabaseURL::option(std::string_view name) const noexcept {
    const auto found = std::ranges::find(options, name, &Option::first);
    return found == options.end() ? nullptr : &found->second;
}

std::string DatabaseURL::to_string() const {
    if (scheme == Scheme::sqlite) {
        const auto* const begin = database.starts_with("//") ? "sqlite://" : "sqlite:";
        return begin + encoded_path(database);
    }
    std::string text = scheme == Scheme::postgresql ? "postgresql://" : "mysql://";
    if (!user.empty()) {
        text += encoded(user) + "@";
    }
    text += is_address(host) ? "[" + encoded_path(host) + "]" : encoded(host);
    if (port != 0) {
        text += ":" + std::to_string(port);
    }
    return text + "/" + encoded(database);
}

Result<DatabaseURL> parse_database_url(std::string_view text) {
    const bool clean = std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
    });
    if (!clean) {
        return URLErrc::control_character;
    }
    const auto colon = text.find(':');
    if (colon == text.npos || colon == 0) {
        return URLErrc::no_scheme;
    }
    DatabaseURL url;
    if (const auto done = read_scheme(text.substr(0, colon), url); done.has_error()) {
        return done.error();
    }
    auto rest = text.substr(colon + 1);
    const auto question = std::min(rest.find('?'), rest.size());
    const auto options = rest.substr(std::min(question + 1, rest.size()));
    rest = rest.substr(0, question);
    const auto read = url.scheme == Scheme::sqlite ? read_file(rest, url) : read_server(rest, url);
    if (read.has_error()) {
        return read.error();
    }
    if (const auto done = read_options(options, url); done.has_error()) {
        return done.error();
    }
    return url;
}

}  // namespace tornado::database
