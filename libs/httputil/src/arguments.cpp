#include "tornado/httputil/arguments.hpp"

#include <algorithm>

#include "character.hpp"
#include "tornado/escape/url.hpp"

namespace tornado::httputil {

void Arguments::append(const Arguments& others) {
    arguments_.reserve(arguments_.size() + others.size());
    for (std::size_t i = 0, count = others.size(); i != count; ++i) {
        arguments_.push_back(others.arguments_[i]);
    }
}

std::optional<std::string_view> Arguments::last(std::string_view name) const noexcept {
    for (auto i = arguments_.rbegin(); i != arguments_.rend(); ++i) {
        if (i->name == name) {
            return i->value;
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> Arguments::get_list(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& argument : arguments_) {
        if (argument.name == name) {
            values.push_back(argument.value);
        }
    }
    return values;
}

Arguments parse_arguments(std::string_view text) {
    Arguments arguments;
    while (!text.empty()) {
        auto value = take_until(text, '&');
        if (!value.empty()) {
            const auto name = take_until(value, '=');
            arguments.add(escape::url_unescape(name), escape::url_unescape(value));
        }
    }
    return arguments;
}

ArgumentList qs_to_qsl(const Arguments& arguments) {
    ArgumentList list;
    list.reserve(arguments.size());
    for (const auto& argument : arguments) {
        list.emplace_back(argument.name, argument.value);
    }
    return list;
}

std::string url_concat(std::string_view url, const ArgumentList& arguments) {
    const auto hash = url.find('#');
    const auto fragment = hash == url.npos ? std::string_view{} : url.substr(hash + 1);
    url = url.substr(0, hash);
    const auto question = url.find('?');
    const auto query = question == url.npos ? std::string_view{} : url.substr(question + 1);

    std::string result{url.substr(0, question)};
    char separator = '?';
    const auto append = [&](std::string_view name, std::string_view value) {
        result.append(1, separator).append(escape::url_escape(name));
        result.append(1, '=').append(escape::url_escape(value));
        separator = '&';
    };
    for (const auto& [name, value] : parse_arguments(query)) {
        append(name, value);
    }
    for (const auto& [name, value] : arguments) {
        append(name, value);
    }
    if (!fragment.empty()) {
        result.append(1, '#').append(fragment);
    }
    return result;
}

HostAndPort split_host_and_port(std::string_view netloc) noexcept {
    const auto colon = netloc.rfind(':');
    const auto host = netloc.substr(0, colon);
    if (colon == netloc.npos || host.empty()) {
        return {netloc, std::nullopt};
    }
    const bool bare_ipv6 = host.find(':') != host.npos && host.back() != ']';
    const auto digits = netloc.substr(colon + 1);
    if (bare_ipv6 || digits.empty() || !all_are(digits, digit_char)) {
        return {netloc, std::nullopt};
    }
    int port = 0;
    for (const char c : digits) {
        port = std::min(port * 10 + (c - '0'), 65536);
    }
    return port > 65535 ? HostAndPort{netloc, std::nullopt} : HostAndPort{host, port};
}

}  // namespace tornado::httputil
