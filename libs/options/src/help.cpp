#include "help.hpp"

#include <algorithm>
#include <cstddef>
#include <set>

namespace tornado::options {

namespace {

constexpr std::size_t page_width = 79;
constexpr std::size_t text_column = 35;
constexpr std::size_t text_width = page_width - text_column;

/// Characters, taking each to be as wide as another.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

/// Takes the next word off the beginning of a text; empty at its end.
std::string_view take_word(std::string_view& text) {
    constexpr auto blanks = " \t\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const auto word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

/// Takes as many characters off a word as a line has room for.
std::string_view take_line(std::string_view& word) {
    std::size_t size = 0;
    for (std::size_t taken = 0; size < word.size(); ++size) {
        const bool begins_character = (static_cast<unsigned char>(word[size]) & 0xC0U) != 0x80U;
        if (begins_character && taken++ == text_width) {
            break;
        }
    }
    const auto line = word.substr(0, size);
    word.remove_prefix(size);
    return line;
}

/// Breaks a text between words, into lines of text_width; and words that are longer.
std::vector<std::string> wrap(std::string_view text) {
    std::vector<std::string> lines;
    for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
        while (width(word) > text_width) {
            lines.emplace_back(take_line(word));
        }
        if (!lines.empty() && width(lines.back()) + 1 + width(word) <= text_width) {
            lines.back() += ' ';
            lines.back() += word;
        } else {
            lines.emplace_back(word);
        }
    }
    return lines;
}

void append_entry(std::string& page, const HelpEntry& entry) {
    std::string line = "  --" + entry.name;
    const auto lines = wrap(entry.text);
    if (width(line) >= text_column && !lines.empty()) {
        page += line + '\n';
        line.clear();
    }
    for (const auto& text : lines) {
        line.append(text_column - width(line), ' ');
        page += line + text + '\n';
        line.clear();
    }
    if (!line.empty()) {
        page += line + '\n';
    }
}

}  // namespace

std::string format_help(std::string_view program, const std::vector<HelpEntry>& entries) {
    std::set<std::string_view> groups;
    for (const auto& entry : entries) {
        groups.insert(entry.group);
    }
    std::string page = "Usage: " + std::string{program} + " [OPTIONS]\n";
    for (const auto group : groups) {
        page += group.empty() ? "\nOptions:\n\n" : '\n' + std::string{group} + " options:\n\n";
        for (const auto& entry : entries) {
            if (entry.group == group) {
                append_entry(page, entry);
            }
        }
    }
    return page;
}

}  // namespace tornado::options
