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
    std::string_view{"\u00ad"}, std::string_view{"\u034f"}, std::string_view{"\u061c"},
    std::string_view{"\u115f"}, std::string_view{"\u1160"}, std::string_view{"\u180e"},
    std::string_view{"\u200b"}, std::string_view{"\u2060"}, std::string_view{"\u2061"},
    std::string_view{"\u2062"}, std::string_view{"\u2063"}, std::string_view{"\u2064"},
    std::string_view{"\u3164"}, std::string_view{"\uffa0"}, std::string_view{"\u200e"},
    std::string_view{"\u200f"}, std::string_view{"\u2028"}, std::string_view{"\u2029"},
    std::string_view{"\u202a"}, std::string_view{"\u202b"}, std::string_view{"\u202c"},
    std::string_view{"\u202d"}, std::string_view{"\u202e"}, std::string_view{"\u2066"},
    std::string_view{"\u2067"}, std::string_view{"\u2068"}, std::string_view{"\u2069"},
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

/// What joins letters or emoji is no part of a name by itself.
constexpr std::array joiners{std::string_view{"\u200c"}, std::string_view{"\u200d"}};

/// Spaces that are no ASCII, which look like nothing at either end.
constexpr std::array wide_spaces{
    std::string_view{"\u00a0"},
    std::string_view{"\u2003"},
    std::string_view{"\u3000"}};

bool is_seen(std::string text) {
    for (const auto mark : joiners) {
        remove_all(text, mark);
    }
    for (const auto space : wide_spaces) {
        remove_all(text, space);
    }
    return text.find_first_not_of(" .") != text.npos;
}

/// The names of devices, which Windows opens instead of a file, whatever their ending.
bool is_device(std::string_view name) {
    std::string stem{name.substr(0, name.find('.'))};
    stem.resize(stem.find_last_not_of(' ') + 1);
    std::transform(stem.begin(), stem.end(), stem.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    constexpr std::array alone{"AUX", "CON", "NUL", "PRN"};
    const bool numbered = stem.size() == 4 && stem[3] >= '1' && stem[3] <= '9' &&
                          (stem.starts_with("COM") || stem.starts_with("LPT"));
    return numbered || std::find(alone.begin(), alone.end(), stem) != alone.end();
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
    if (!is_seen(text)) {
        return "file";
    }
    if (is_device(text)) {
        text.insert(0, "_");
    }
    const auto dot = ending_of(text);
    return fit(text.substr(0, dot), text.substr(dot));
}

std::string numbered_name(const std::string& name, int number) {
    const auto dot = ending_of(name);
    return fit(name.substr(0, dot), " (" + std::to_string(number) + ")" + name.substr(dot));
}

}  // namespace upload
