#include "tornado/locale/format.hpp"

#include <algorithm>
#include <cstddef>

namespace tornado::locale {

namespace {

/// The bytes of the placeholder that `text` begins with, such as `%(name)s`; 0 when it begins with
/// none.
std::size_t placeholder_size(std::string_view text) {
    if (!text.starts_with("%(")) {
        return 0;
    }
    const auto end = text.find(')');
    if (end == text.npos || end + 1 == text.size()) {
        return 0;
    }
    return text[end + 1] == 's' || text[end + 1] == 'd' ? end + 2 : 0;
}

}  // namespace

std::string format(std::string_view message, std::initializer_list<Argument> arguments) {
    std::string text;
    text.reserve(message.size());
    while (!message.empty()) {
        const auto percent = std::min(message.find('%'), message.size());
        text += message.substr(0, percent);
        message.remove_prefix(percent);
        auto size = std::min(std::max(placeholder_size(message), std::size_t{1}), message.size());
        const auto* argument = arguments.end();
        if (size > 1) {
            const auto name = message.substr(2, size - 4);
            argument = std::ranges::find(arguments, name, &Argument::name);
        } else if (message.starts_with("%%")) {
            message.remove_prefix(1);
        }
        text += argument != arguments.end() ? std::string_view{argument->value}
                                            : message.substr(0, size);
        message.remove_prefix(size);
    }
    return text;
}

}  // namespace tornado::locale
