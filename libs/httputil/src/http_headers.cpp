#include "tornado/httputil/http_headers.hpp"

#include <cassert>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include "character.hpp"
#include "known_header_table.hpp"

namespace tornado::httputil {
namespace {

constexpr std::size_t longest_text = std::numeric_limits<std::uint32_t>::max() / 2;
constexpr std::size_t longest_name = std::numeric_limits<std::uint16_t>::max();

bool is_valid_name(std::string_view name) {
    return is_token(name) && name.size() <= longest_name;
}

/// Whether a value holds what it may: eight characters at a time, as they are hardly ever others
/// than printable ones.
bool is_valid_value(std::string_view value) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    auto rest = value;
    for (; rest.size() >= sizeof ones; rest.remove_prefix(sizeof ones)) {
        std::uint64_t word = 0;
        std::memcpy(&word, rest.data(), sizeof word);
        const auto low_bits = word & (ones * 0x7F);
        const auto beyond_controls = (low_bits + ones * 0x60) | word;
        const auto other_than_del = ((low_bits ^ (ones * 0x7F)) + ones * 0x7F) | word;
        if ((beyond_controls & other_than_del & (ones * 0x80)) != ones * 0x80) {
            return all_are(rest, value_char);
        }
    }
    return all_are(rest, value_char);
}

void check_value(std::string_view name, std::string_view value) {
    if (!is_valid_value(value)) {
        throw HTTPHeaderError{
            "the value of header " + std::string{name} + " must not hold control characters"};
    }
}

void check(std::string_view name, std::string_view value) {
    if (!is_valid_name(name)) {
        throw HTTPHeaderError{
            "a header name must be a token of RFC 9110, without spaces or colons"};
    }
    check_value(name, value);
}

}  // namespace

HTTPHeaders::HTTPHeaders(std::initializer_list<HeaderField> fields) {
    for (const auto& field : fields) {
        add(field.name, field.value);
    }
}

HTTPHeaders::HTTPHeaders(const HTTPHeaders& other) {
    *this = other;
}

HTTPHeaders::HTTPHeaders(HTTPHeaders&& other) noexcept
    : entries_{std::move(other.entries_)},
      text_{std::move(other.text_)},
      borrowed_{other.borrowed_},
      known_{other.known_} {
    other.clear();
}

HTTPHeaders& HTTPHeaders::operator=(const HTTPHeaders& other) {
    if (this != &other) {
        entries_ = other.entries_;
        text_ = other.text_;
        borrowed_ = other.borrowed_;
        known_ = other.known_;
        make_owned();
    }
    return *this;
}

HTTPHeaders& HTTPHeaders::operator=(HTTPHeaders&& other) noexcept {
    if (this != &other) {
        entries_.swap(other.entries_);
        text_.swap(other.text_);
        borrowed_ = other.borrowed_;
        known_ = other.known_;
        other.clear();
    }
    return *this;
}

Result<HTTPHeaders> HTTPHeaders::parse(std::string_view text) {
    HTTPHeaders headers;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end == text.npos ? end : end + 1);
        if (auto parsed = headers.parse_line(line); parsed.has_error()) {
            return parsed.error();
        }
        text.remove_prefix(line.size());
    }
    return headers;
}

void HTTPHeaders::add(std::string_view name, std::string_view value) {
    value = trim(value);
    check(name, value);
    make_owned();
    append(name, known_header_of_token(name), value);
}

void HTTPHeaders::set(std::string_view name, std::string_view value) {
    value = trim(value);
    check(name, value);
    put(name, known_header_of_token(name), value);
}

void HTTPHeaders::set(KnownHeader header, std::string_view value) {
    value = trim(value);
    assert(header != KnownHeader::other);
    check_value(header_name(header), value);
    put(header_name(header), header, value);
}

/// Replaces all values of a header by one that has been checked.
void HTTPHeaders::put(std::string_view name, KnownHeader header, std::string_view value) {
    make_owned();
    const auto index = contains(header) ? find_from(0, name, header) : size();
    if (index == size()) {
        append(name, header, value);
        return;
    }
    // The argument may be a view into the text that is about to move.
    const std::string removed{header == KnownHeader::other ? name : std::string_view{}};
    replace_value(entries_[index], value);
    remove_from(index + 1, removed, header);
}

bool HTTPHeaders::remove(std::string_view name) {
    return remove_from(0, name, known_header(name));
}

bool HTTPHeaders::remove(KnownHeader header) {
    return contains(header) && remove_from(0, header_name(header), header);
}

void HTTPHeaders::clear() noexcept {
    entries_.clear();
    text_.clear();
    borrowed_ = nullptr;
    known_ = 0;
}

Result<void> HTTPHeaders::parse_line(std::string_view line) {
    if (line.ends_with('\n')) {
        line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
    }
    if (line.empty()) {
        return {};
    }
    if (line.size() > longest_text - text_.size()) {
        return Errc::header_too_large;
    }
    const bool folded = line.front() == ' ' || line.front() == '\t';
    const auto colon = line.find(':');
    const auto value =
        trim(folded ? line : line.substr(colon == line.npos ? line.size() : colon + 1));
    if (!is_valid_value(value)) {
        return Errc::malformed_header;
    }
    if (folded) {
        if (empty()) {
            return Errc::malformed_header;
        }
        if (value.empty()) {
            return {};
        }
        make_owned();
        auto& length = entries_.back().value_length;
        const std::string_view space = length == 0 ? "" : " ";
        text_.resize(text_.size() - 2);
        text_.append(space).append(value).append("\r\n");
        length += static_cast<std::uint32_t>(space.size() + value.size());
        return {};
    }
    if (colon == line.npos || !is_valid_name(line.substr(0, colon))) {
        return Errc::malformed_header;  // RFC 9112, 5.1: a lenient reading invites smuggling
    }
    const auto name = line.substr(0, colon);
    make_owned();
    append(name, known_header_of_token(name), value);
    return {};
}

std::optional<std::string> HTTPHeaders::get(std::string_view name) const {
    const auto header = known_header(name);
    auto index = find_from(0, name, header);
    if (index == size()) {
        return std::nullopt;
    }
    std::string joined{value_of(entries_[index])};
    while ((index = find_from(index + 1, name, header)) != size()) {
        joined.append(1, ',').append(value_of(entries_[index]));
    }
    return joined;
}

std::optional<std::string> HTTPHeaders::get(KnownHeader header) const {
    return contains(header) ? get(header_name(header)) : std::nullopt;
}

std::optional<std::string_view> HTTPHeaders::first(std::string_view name) const noexcept {
    const auto index = find_from(0, name, known_header(name));
    return index == size() ? std::nullopt : std::optional{value_of(entries_[index])};
}

std::optional<std::string_view> HTTPHeaders::first(KnownHeader header) const noexcept {
    if (!contains(header)) {
        return std::nullopt;
    }
    return value_of(entries_[find_from(0, {}, header)]);
}

std::optional<std::string_view> HTTPHeaders::only(KnownHeader header) const noexcept {
    if (!contains(header)) {
        return std::nullopt;
    }
    const Entry* found = nullptr;
    for (const auto& entry : entries_) {
        if (entry.header == header && std::exchange(found, &entry) != nullptr) {
            return std::nullopt;
        }
    }
    return value_of(*found);
}

std::vector<std::string_view> HTTPHeaders::get_list(std::string_view name) const {
    std::vector<std::string_view> values;
    const auto header = known_header(name);
    for (auto i = find_from(0, name, header); i != size(); i = find_from(i + 1, name, header)) {
        values.push_back(value_of(entries_[i]));
    }
    return values;
}

std::size_t HTTPHeaders::count(std::string_view name) const noexcept {
    const auto header = known_header(name);
    std::size_t found = 0;
    for (auto i = find_from(0, name, header); i != size(); i = find_from(i + 1, name, header)) {
        ++found;
    }
    return found;
}

std::size_t HTTPHeaders::count(KnownHeader header) const noexcept {
    std::size_t found = 0;
    for (const auto& entry : entries_) {
        found += entry.header == header ? 1U : 0U;
    }
    return found;
}

bool HTTPHeaders::contains(std::string_view name) const noexcept {
    return find_from(0, name, known_header(name)) != size();
}

void HTTPHeaders::borrow(const char* base) noexcept {
    clear();
    borrowed_ = base;
}

void HTTPHeaders::rebase(const char* base) noexcept {
    if (borrowed_) {
        borrowed_ = base;
    }
}

void HTTPHeaders::make_owned() {
    if (!borrowed_) {
        return;
    }
    // Most peers write their fields just as append_to() does: then one copy takes all.
    bool as_appended = !entries_.empty();
    const auto start = as_appended ? entries_.front().name_offset : 0;
    auto end = start;
    for (const auto& entry : entries_) {
        const auto name_end = entry.name_offset + entry.name_length;
        const auto value_end = entry.value_offset + entry.value_length;
        as_appended = as_appended && entry.name_offset == end &&
                      entry.value_offset == name_end + 2U && borrowed_[name_end] == ':' &&
                      borrowed_[name_end + 1U] == ' ' && borrowed_[value_end] == '\r' &&
                      borrowed_[value_end + 1U] == '\n';
        end = value_end + 2U;
    }
    if (as_appended) {
        text_.assign(borrowed_ + start, end - start);
    } else {
        std::string text;
        text.reserve(wire_size());
        append_to(text);
        text_.assign(text);
    }
    std::uint32_t offset = 0;
    for (auto& entry : entries_) {
        entry.name_offset = offset;
        entry.value_offset = offset + entry.name_length + 2U;
        offset = entry.value_offset + entry.value_length + 2U;
    }
    borrowed_ = nullptr;
}

/// The index of the next field of that name, from `index` on, or size().
std::size_t HTTPHeaders::find_from(std::size_t index, std::string_view name, KnownHeader header)
    const noexcept {
    if (header != KnownHeader::other) {
        while (index != size() && entries_[index].header != header) {
            ++index;
        }
        return index;
    }
    // A field that is known has another name than this one.
    while (index != size() && (entries_[index].header != header ||
                               !equals_ignore_case(name_of(entries_[index]), name))) {
        ++index;
    }
    return index;
}

/// Appends a field that has been checked to the owned text.
void HTTPHeaders::append(std::string_view name, KnownHeader header, std::string_view value) {
    const auto start = text_.size();
    if (name.size() > longest_name || value.size() > longest_text - name.size() ||
        start > longest_text - name.size() - value.size()) {
        throw std::length_error{"HTTPHeaders holds at most 2 GiB of text"};
    }
    const auto end = start + name.size() + value.size() + 4;
    // `name` and `value` may be views into the text, which therefore stays until they are copied.
    Text grown;
    const bool grows = end > text_.capacity();
    if (grows) {
        grown.reserve(end < 256 ? 256 : end * 2);
        grown = text_;
    }
    auto& text = grows ? grown : text_;
    text.resize(end);
    char* out = text.data() + start;
    out += name.copy(out, name.size());
    *out++ = ':';
    *out++ = ' ';
    out += value.copy(out, value.size());
    *out++ = '\r';
    *out++ = '\n';
    if (grows) {
        text_.swap(grown);
    }
    const auto name_offset = static_cast<std::uint32_t>(start);
    append_borrowed(
        name_offset,
        static_cast<std::uint16_t>(name.size()),
        static_cast<std::uint32_t>(start + name.size() + 2),
        static_cast<std::uint32_t>(value.size()),
        header
    );
}

/// Exchanges the value of a field of the owned text, and shifts what follows.
void HTTPHeaders::replace_value(Entry& entry, std::string_view value) {
    if (value.size() > longest_text - text_.size()) {
        throw std::length_error{"HTTPHeaders holds at most 2 GiB of text"};
    }
    // Unsigned arithmetic wraps, so that one sum serves a longer value and a shorter one.
    const auto shift = static_cast<std::uint32_t>(value.size()) - entry.value_length;
    text_.replace(entry.value_offset, entry.value_length, value);
    entry.value_length = static_cast<std::uint32_t>(value.size());
    for (auto* next = &entry + 1; next != entries_.data() + entries_.size(); ++next) {
        next->name_offset += shift;
        next->value_offset += shift;
    }
}

/// Removes the fields of that name from `index` on, in one pass over the rest.
bool HTTPHeaders::remove_from(std::size_t index, std::string_view name, KnownHeader header) {
    index = find_from(index, name, header);
    if (index == size()) {
        return false;
    }
    make_owned();
    const std::string removed{
        name};  // the argument may be a view into the text that is about to move
    auto kept = index;
    std::size_t end = entries_[index].name_offset;
    for (; index != size(); ++index) {
        auto entry = entries_[index];
        if (entry.header == header &&
            (header != KnownHeader::other || equals_ignore_case(name_of(entry), removed))) {
            continue;
        }
        const std::size_t length = entry.name_length + entry.value_length + 4U;
        std::char_traits<char>::move(text_.data() + end, text_.data() + entry.name_offset, length);
        entry.name_offset = static_cast<std::uint32_t>(end);
        entry.value_offset = entry.name_offset + entry.name_length + 2U;
        entries_[kept++] = entry;
        end += length;
    }
    entries_.resize(kept);
    text_.resize(end);
    known_ = 0;
    for (const auto& entry : entries_) {
        known_ |= std::uint64_t{1} << static_cast<unsigned>(entry.header);
    }
    return true;
}

}  // namespace tornado::httputil
