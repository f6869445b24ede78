#include "tornado/escape/url.hpp"

#include <array>
#include <cstddef>

#include "tornado/escape/error.hpp"
#include "tornado/escape/utf8.hpp"

namespace tornado::escape {

namespace {

/// RFC 3986, 2.3.
constexpr auto is_unreserved = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 256; ++c) {
        table[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '.' || c == '_' || c == '~';
    }
    return table;
}();

constexpr unsigned not_hex = 16;

constexpr unsigned hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a' + 10) : not_hex;
}

/// The byte that a `%XX` at `i` stands for, or -1 when there is none.
int encoded_byte(std::string_view value, std::size_t i) {
    if (value.size() - i < 3) {
        return -1;
    }
    const auto high = hex_value(value[i + 1]);
    const auto low = hex_value(value[i + 2]);
    return high == not_hex || low == not_hex ? -1 : static_cast<int>(high << 4U | low);
}

/// Cuts off what precedes the next "&".
std::string_view next_field(std::string_view& query) {
    const auto end = query.find('&');
    const auto field = query.substr(0, end);
    query.remove_prefix(end == query.npos ? query.size() : end + 1);
    return field;
}

Result<QueryFields> parse(std::string_view query, bool keep_blank_values, bool strict) {
    QueryFields fields;
    bool more = !query.empty();
    while (more) {
        const auto before = query.size();
        const auto field = next_field(query);
        more = before !=
               field.size();  // an "&" came after it, and then another field, if an empty one
        const auto equals = field.find('=');
        if (strict && equals == field.npos) {
            return Errc::malformed_query;
        }
        const auto value = equals == field.npos ? std::string_view{} : field.substr(equals + 1);
        if (!value.empty() || (keep_blank_values && !field.empty())) {
            fields.emplace_back(url_unescape(field.substr(0, equals)), url_unescape(value));
        }
    }
    return fields;
}

}  // namespace

std::string url_escape(std::string_view value, bool plus) {
    constexpr char digits[] = "0123456789ABCDEF";
    const auto stays = [plus](char c) {
        return is_unreserved[static_cast<unsigned char>(c)] || (c == '/' && !plus);
    };
    std::size_t size = value.size();
    for (const char c : value) {
        size += stays(c) || (c == ' ' && plus) ? 0 : 2;
    }
    std::string out(size, '+');
    auto at = out.begin();
    for (const char c : value) {
        if (stays(c)) {
            *at = c;
        } else if (c != ' ' || !plus) {
            const auto byte = static_cast<unsigned char>(c);
            *at++ = '%';
            *at++ = digits[byte >> 4U];
            *at = digits[byte & 0x0FU];
        }
        ++at;
    }
    return out;
}

std::string url_unescape(std::string_view value, bool plus) {
    std::string out;
    const auto special = plus ? value.find_first_of("%+") : value.find('%');
    if (special == value.npos) {
        out = value;
        return out;
    }
    out.reserve(value.size());
    out.append(value, 0, special);
    for (auto i = special; i < value.size(); ++i) {
        if (value[i] == '%') {
            if (const int byte = encoded_byte(value, i); byte >= 0) {
                out += static_cast<char>(static_cast<unsigned char>(byte));
                i += 2;
                continue;
            }
        }
        out += plus && value[i] == '+' ? ' ' : value[i];
    }
    return out;
}

Result<std::string> url_unescape_utf8(std::string_view value, bool plus) {
    auto text = url_unescape(value, plus);
    if (!is_valid_utf8(text)) {
        return Errc::invalid_utf8;
    }
    return text;
}

QueryFields parse_qs_bytes(std::string_view query, bool keep_blank_values) {
    return *parse(query, keep_blank_values, false);
}

Result<QueryFields> parse_qs_bytes_strictly(std::string_view query, bool keep_blank_values) {
    return parse(query, keep_blank_values, true);
}

}  // namespace tornado::escape
