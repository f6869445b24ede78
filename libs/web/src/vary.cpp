#include "vary.hpp"

#include <algorithm>

namespace tornado::web {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool equals_ignore_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char one, char other) {
        return lower(one) == lower(other);
    });
}

}  // namespace

bool has_member(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        auto member = list.substr(0, comma);
        list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
        const auto first = member.find_first_not_of(" \t");
        member = first == member.npos
                     ? std::string_view{}
                     : member.substr(first, member.find_last_not_of(" \t") + 1 - first);
        if (equals_ignore_case(member, name)) {
            return true;
        }
    }
    return false;
}

std::optional<std::string> with_vary(const httputil::HTTPHeaders& headers, std::string_view name) {
    const auto vary = headers.get(httputil::KnownHeader::vary);
    if (!vary) {
        return std::string{name};
    }
    if (has_member(*vary, name) || has_member(*vary, "*")) {
        return std::nullopt;
    }
    return *vary + ", " + std::string{name};
}

void add_vary(httputil::HTTPHeaders& headers, std::string_view name) {
    if (const auto vary = with_vary(headers, name)) {
        headers.set("Vary", *vary);
    }
}

}  // namespace tornado::web
