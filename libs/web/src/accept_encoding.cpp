#include "accept_encoding.hpp"

#include <cstddef>

namespace tornado::web {

namespace {

std::string_view trim(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    return first == text.npos ? std::string_view{}
                              : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string_view take_until(std::string_view& text, char mark) noexcept {
    const auto end = text.find(mark);
    const auto piece = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return trim(piece);
}

bool equals_ignore_case(std::string_view a, std::string_view lower) noexcept {
    if (a.size() != lower.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] | 0x20) : a[i];
        if (c != lower[i]) {
            return false;
        }
    }
    return true;
}

/// A weight (RFC 9110, 12.4.2) in thousandths; 0 for what is none.
int weight(std::string_view text) noexcept {
    constexpr std::size_t longest = 5;  // "0.123"
    if (text.empty() || text.size() > longest || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.')) {
        return 0;
    }
    int value = text[0] == '1' ? 1000 : 0;
    int place = 100;
    for (const char c : text.substr(text.size() > 1 ? 2 : 1)) {
        if (c < '0' || c > '9') {
            return 0;
        }
        value += (c - '0') * place;
        place /= 10;
    }
    return value <= 1000 ? value : 0;
}

int quality_of(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        auto parameter = take_until(parameters, ';');
        if (equals_ignore_case(take_until(parameter, '='), "q")) {
            return weight(trim(parameter));
        }
    }
    return 1000;
}

}  // namespace

int coding_quality(std::string_view accept_encoding, std::string_view coding) noexcept {
    int of_any = 0;
    while (!accept_encoding.empty()) {
        auto member = take_until(accept_encoding, ',');
        const auto name = take_until(member, ';');
        const bool is_x_form = name.size() > 2 && equals_ignore_case(name.substr(0, 2), "x-") &&
                               equals_ignore_case(name.substr(2), coding);  // RFC 9110, 8.4.1.3
        if (equals_ignore_case(name, coding) || is_x_form) {
            return quality_of(member);
        }
        if (name == "*") {
            of_any = quality_of(member);
        }
    }
    return of_any;
}

int identity_quality(std::string_view accept_encoding) noexcept {
    while (!accept_encoding.empty()) {
        auto member = take_until(accept_encoding, ',');
        if (equals_ignore_case(take_until(member, ';'), "identity")) {
            return quality_of(member);
        }
    }
    return 0;
}

}  // namespace tornado::web
