#include "tornado/locale/gettext_catalogue.hpp"

#include <algorithm>
#include <utility>

#include "charset.hpp"
#include "tornado/locale/error.hpp"

namespace tornado::locale {

namespace {

constexpr std::uint32_t magic = 0x950412de;
constexpr std::uint32_t swapped_magic = 0xde120495;
constexpr std::size_t head_size = 20;  // magic, version, count, offsets of the two tables

/// The file's numbers and texts. Each function gives nullopt for what lies beyond the end.
class Image {
public:
    explicit Image(std::string_view bytes) : bytes_{bytes} {}

    [[nodiscard]] bool has_magic() {
        const auto first = number(0);
        big_endian_ = first == swapped_magic;
        return first == magic || big_endian_;
    }

    [[nodiscard]] std::optional<std::uint32_t> number(std::uint64_t offset) const {
        if (offset + 4 > bytes_.size()) {
            return std::nullopt;
        }
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const auto shift = 8 * (big_endian_ ? 3 - i : i);
            const auto byte = static_cast<unsigned char>(bytes_[offset + i]);
            value |= std::uint32_t{byte} << shift;
        }
        return value;
    }

    /// The text that entry `index` of the table at `table` describes, which ends with a NUL.
    [[nodiscard]] std::optional<std::string_view> text(std::uint64_t table, std::uint64_t index)
        const {
        const auto size = number(table + 8 * index);
        const auto offset = number(table + 8 * index + 4);
        if (!size || !offset) {
            return std::nullopt;
        }
        const auto end = std::uint64_t{*offset} + *size;
        if (end >= bytes_.size() || bytes_[end] != '\0') {
            return std::nullopt;
        }
        return bytes_.substr(*offset, *size);
    }

private:
    std::string_view bytes_;
    bool big_endian_ = false;
};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view spaces = " \t\r";
    const auto begin = text.find_first_not_of(spaces);
    return begin == text.npos ? std::string_view{}
                              : text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
}

bool same_but_for_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// The charset of a Content-Type; empty when it names none.
std::string_view charset_of(std::string_view content_type) {
    constexpr std::string_view name = "charset=";
    const auto begin = content_type.find(name);
    return begin == content_type.npos ? std::string_view{}
                                      : trimmed(content_type.substr(begin + name.size()));
}

std::uint64_t magnitude(std::int64_t count) {
    const auto bits = static_cast<std::uint64_t>(count);
    return count < 0 ? 0 - bits : bits;
}

}  // namespace

Result<GettextCatalogue> GettextCatalogue::parse(std::string_view bytes) {
    Image image{bytes};
    if (!image.has_magic()) {
        return Errc::not_a_catalogue;
    }
    if (bytes.size() < head_size) {
        return Errc::truncated;
    }
    if (const auto version = *image.number(4); version >> 16 > 1) {
        return Errc::unsupported_version;
    }
    const std::uint64_t count = *image.number(8);
    const std::uint64_t messages = *image.number(12);
    const std::uint64_t translations = *image.number(16);
    if (messages + 8 * count > bytes.size() || translations + 8 * count > bytes.size()) {
        return Errc::truncated;
    }

    GettextCatalogue catalogue;
    std::string charset;
    bool has_header = false;
    std::size_t used = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto message = image.text(messages, i);
        const auto translation = image.text(translations, i);
        if (!message || !translation) {
            return Errc::truncated;
        }
        used += message->size() + translation->size();
        if (used > bytes.size()) {
            return Errc::overlapping_texts;  // a small file could fill all memory with them
        }
        if (message->empty() || message->front() == '\0') {  // sorts before all others
            if (std::exchange(has_header, true)) {
                return Errc::duplicate_message;
            }
            if (const auto read = catalogue.read_header(*translation); read.has_error()) {
                return read.error();
            }
            charset = charset_of(catalogue.header("Content-Type"));
        } else if (const auto added = catalogue.add(*message, *translation, charset);
                   added.has_error()) {
            return added.error();
        }
    }
    return catalogue;
}

Result<void> GettextCatalogue::read_header(std::string_view text) {
    header_ = text;
    const auto charset = charset_of(header("Content-Type"));
    auto decoded = decode(text, charset);
    if (decoded.has_error()) {
        return decoded.error();
    }
    header_ = std::move(*decoded);
    if (const auto rule = header("Plural-Forms"); !rule.empty()) {
        auto forms = PluralForms::parse(rule);
        if (forms.has_error()) {
            return forms.error();
        }
        plural_forms_ = std::move(*forms);
    }
    return {};
}

Result<void> GettextCatalogue::add(
    std::string_view message,
    std::string_view translation,
    std::string_view charset
) {
    const auto id = decode(message.substr(0, message.find('\0')), charset);
    auto text = decode(translation, charset);
    if (id.has_error() || text.has_error()) {
        return id.has_error() ? id.error() : text.error();
    }
    if (id->empty()) {
        return Errc::duplicate_message;  // in its charset it is the header's name, again
    }
    Translation entry;
    entry.has_plural = message.find('\0') != message.npos;
    std::string_view rest{*text};
    while (entry.has_plural && rest.find('\0') != rest.npos) {
        entry.forms.emplace_back(rest.substr(0, rest.find('\0')));
        rest.remove_prefix(rest.find('\0') + 1);
    }
    entry.forms.emplace_back(rest);
    if (!messages_.try_emplace(*id, std::move(entry)).second) {
        return Errc::duplicate_message;
    }
    return {};
}

std::string_view GettextCatalogue::header(std::string_view name) const {
    std::string_view rest{header_};
    while (!rest.empty()) {
        auto end = std::min(rest.find('\n'), rest.size());
        while (end + 1 < rest.size() && (rest[end + 1] == ' ' || rest[end + 1] == '\t')) {
            end = std::min(rest.find('\n', end + 1), rest.size());  // the field goes on
        }
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto colon = line.find(':');
        if (colon != line.npos && same_but_for_case(trimmed(line.substr(0, colon)), name)) {
            return trimmed(line.substr(colon + 1));
        }
    }
    return {};
}

std::optional<std::string_view>
GettextCatalogue::form_of(const Translation& translation, std::uint64_t count) const {
    const auto form = plural_forms_.form(count);
    if (!form || *form >= translation.forms.size() || translation.forms[*form].empty()) {
        return std::nullopt;  // what is not translated yet is empty
    }
    return translation.forms[*form];
}

std::optional<std::string_view> GettextCatalogue::find(std::string_view message) const {
    const auto found = messages_.find(message);
    if (found == messages_.end()) {
        return std::nullopt;
    }
    const auto& translation = found->second;
    if (translation.has_plural) {
        return form_of(translation, 1);
    }
    return translation.forms.front().empty()
               ? std::nullopt
               : std::optional<std::string_view>{translation.forms.front()};
}

std::optional<std::string_view> GettextCatalogue::find(std::string_view message, std::int64_t count)
    const {
    const auto found = messages_.find(message);
    const bool is_there = found != messages_.end() && found->second.has_plural;
    return is_there ? form_of(found->second, magnitude(count)) : std::nullopt;
}

}  // namespace tornado::locale
