#include "tornado/httputil/header_params.hpp"

#include <algorithm>

#include "character.hpp"
#include "tornado/escape/url.hpp"

namespace tornado::httputil {
namespace {

/// The text up to a separator that is not in quotes, which goes from `rest` along with it; `rest`
/// is null data when there is no more.
std::string_view take_unquoted(std::string_view& rest, char separator) noexcept {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size() && (quoted || rest[end] != separator); ++end) {
        if (rest[end] == '"') {
            quoted = !quoted;
        } else if (rest[end] == '\\' && quoted && end + 1 < rest.size()) {
            ++end;
        }
    }
    const auto piece = rest.substr(0, end);
    rest = end == rest.size() ? std::string_view{} : rest.substr(end + 1);
    return piece;
}

std::string unquote(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') {
        return std::string{value};
    }
    value = value.substr(1, value.size() - 2);
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool escape =
            value[i] == '\\' && i + 1 < value.size() && is_one_of(value[i + 1], "\\\"");
        text += value[escape ? ++i : i];
    }
    return text;
}

/// Decodes `charset'language'text` (RFC 8187, 3.2) to UTF-8; a charset that is neither UTF-8 nor
/// Latin-1 keeps its bytes.
std::string decode_extended(std::string_view value) {
    const auto first = value.find('\'');
    const auto second = first == value.npos ? first : value.find('\'', first + 1);
    if (second == value.npos) {
        return unquote(value);
    }
    const auto bytes = escape::url_unescape(value.substr(second + 1), false);
    const auto charset = value.substr(0, first);
    if (!equals_ignore_case(charset, "iso-8859-1")) {
        return bytes;
    }
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) {
            text += static_cast<char>(0xc0 | byte >> 6);
            text += static_cast<char>(0x80 | (byte & 0x3f));
        } else {
            text += c;
        }
    }
    return text;
}

std::string quote(std::string_view value) {
    if (is_token(value)) {
        return std::string{value};
    }
    std::string quoted{'"'};
    for (const char c : value) {
        quoted.append(c == '"' || c == '\\' ? 1 : 0, '\\').append(1, c);
    }
    return quoted += '"';
}

}  // namespace

const std::string* HeaderParams::find(std::string_view name) const noexcept {
    for (auto i = params.rbegin(); i != params.rend(); ++i) {
        if (i->first == name) {
            return i->second ? &*i->second : nullptr;
        }
    }
    return nullptr;
}

HeaderParams parse_header_params(std::string_view line) {
    HeaderParams header;
    decltype(header.params) extended;
    header.value = trim(take_unquoted(line, ';'));
    while (line.data() != nullptr) {
        const auto param = trim(take_unquoted(line, ';'));
        const auto equals = param.find('=');
        std::string name{trim(param.substr(0, equals))};
        std::transform(name.begin(), name.end(), name.begin(), lower);
        if (name.empty()) {
            continue;
        }
        if (equals == param.npos) {
            header.params.emplace_back(std::move(name), std::nullopt);
            continue;
        }
        const auto value = trim(param.substr(equals + 1));
        if (name.back() == '*') {
            name.pop_back();
            extended.emplace_back(std::move(name), decode_extended(value));
        } else {
            header.params.emplace_back(std::move(name), unquote(value));
        }
    }
    // Behind the plain ones, as find() takes the last.
    std::move(extended.begin(), extended.end(), std::back_inserter(header.params));
    return header;
}

std::vector<std::string_view> split_header_list(std::string_view value) {
    std::vector<std::string_view> members;
    do {
        members.push_back(trim(take_unquoted(value, ',')));
    } while (value.data() != nullptr);
    return members;
}

std::string encode_header_params(const HeaderParams& header) {
    auto params = header.params;
    std::stable_sort(params.begin(), params.end(), [](const auto& a, const auto& b) {
        return a.first < b.first;
    });
    std::string text = header.value;
    for (const auto& [name, value] : params) {
        text.append("; ").append(name);
        if (value) {
            text.append(1, '=').append(quote(*value));
        }
    }
    return text;
}

}  // namespace tornado::httputil
