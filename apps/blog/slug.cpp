#include "slug.hpp"

#include <cstddef>

namespace blog {

namespace {

constexpr std::size_t longest = 60;

/// The letters U+00C0 to U+00FF without their accents; a space for what is no letter.
constexpr std::string_view latin =
    "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";

char letter_at(std::string_view text, std::size_t& at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == 0xC3 && at + 1 < text.size()) {
        const auto index = static_cast<unsigned char>(text[++at]) - 0x80U;
        return index < latin.size() ? latin[index] : ' ';
    }
    if (byte >= 'A' && byte <= 'Z') {
        return static_cast<char>(byte - 'A' + 'a');
    }
    const bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
    return is_plain ? static_cast<char>(byte) : ' ';
}

}  // namespace

std::string slug_of(std::string_view title) {
    std::string slug;
    for (std::size_t at = 0; at < title.size() && slug.size() < longest; ++at) {
        const char letter = letter_at(title, at);
        if (letter != ' ') {
            slug += letter;
        } else if (!slug.empty() && slug.back() != '-') {
            slug += '-';
        }
    }
    if (slug.ends_with('-')) {
        slug.pop_back();
    }
    return slug.empty() ? "entry" : slug;
}

}  // namespace blog
