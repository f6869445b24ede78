#include "safe_name.hpp"

#include <tornado/escape.hpp>

#include <algorithm>
#include <array>

namespace upload {

namespace {

constexpr std::size_t longest = 200;
constexpr std::size_t longest_ending = 20;

/// Marks that turn the direction of text around, so that "exe.jpg" is not what it looks like, and
/// those that cannot be seen.
constexpr std::array invisible{
    std::string_view{"\u200b"},
    std::string_view{"\u200e"},
    std::string_view{"\u200f"},
    std::string_view{"\u2028"},
    std::string_view{"\u2029"},
    std::string_view{"\u202a"},
    std::string_view{"\u202b"},
    std::string_view{"\u202c"},
    std::string_view{"\u202d"},
    std::string_view{"\u202e"},
    std::string_view{"\u2066"},
    std::string_view{"\u2067"},
    std::string_view{"\u2068"},
    std::string_view{"\u2069"},
    std::string_view{"\ufeff"}};

bool is_control(char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
}

/// What no name may hold on some system.
bool is_forbidden(char byte) {
    return std::string_view{"<>:\"|?*"}.find(byte) != std::string_view::npos;
}

bool is_ascii(char byte) {
    return static_cast<unsigned char>(byte) < 0x80;
}

void remove_all(std::string& text, std::string_view mark) {
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
        text.erase(at, mark.size());
    }
}

void trim(std::string& text) {
    const auto first = text.find_first_not_of(" .");
    const auto last = text.find_last_not_of(" .");
    text = first == text.npos ? "" : text.substr(first, last - first + 1);
}

/// Where the ending begins: ".jpg", ".gz"; at the end, when there is none.
std::size_t ending_of(const std::string& name) {
    const auto dot = name.rfind('.');
    return dot == name.npos || dot == 0 || name.size() - dot > longest_ending ? name.size() : dot;
}

/// Cuts the text to so many bytes, and no character in two.
void cut(std::string& text, std::size_t size) {
    if (text.size() <= size) {
        return;
    }
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
        --size;
    }
    text.resize(size);
}

std::string fit(std::string stem, const std::string& ending) {
    cut(stem, longest - ending.size());
    return stem + ending;
}

}  // namespace

std::string safe_name(std::string_view name) {
    if (const auto slash = name.find_last_of("/\\"); slash != name.npos) {
        name.remove_prefix(slash + 1);
    }
    std::string text{name};
    if (!tornado::escape::is_valid_utf8(text)) {
        std::replace_if(
            text.begin(), text.end(), [](char byte) { return !is_ascii(byte); }, '_'
        );
    }
    text.erase(std::remove_if(text.begin(), text.end(), is_control), text.end());
    for (const auto mark : invisible) {
        remove_all(text, mark);
    }
    std::replace_if(text.begin(), text.end(), is_forbidden, '_');
    trim(text);
    if (text.empty()) {
        return "file";
    }
    const auto dot = ending_of(text);
    return fit(text.substr(0, dot), text.substr(dot));
}

std::string numbered_name(const std::string& name, int number) {
    const auto dot = ending_of(name);
    return fit(name.substr(0, dot), " (" + std::to_string(number) + ")" + name.substr(dot));
}

}  // namespace upload
