#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/known_header.hpp"
#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// One header field: views into the HTTPHeaders that holds it.
struct HeaderField {
    std::string_view name;
    std::string_view value;
};

/// An ordered, case-insensitive multimap of HTTP header fields.
///
/// Fields keep their arrival order and spelling; look-ups ignore case. A field costs 16 bytes and
/// no allocation of its own: it is a set of offsets into one text.
///
/// Ownership: owns its text, except after borrow(): then the text belongs to whoever called that,
/// until the first change copies it. A copy always owns its text. A view that it returns lives
/// until its next change. Thread safety: one object, one thread; distinct objects are independent.
/// Mirrors `tornado.httputil.HTTPHeaders`.
///
///     HTTPHeaders headers{{"Content-Type", "text/html"}};
///     headers.add("Set-Cookie", "A=B");
///     headers.add("set-cookie", "C=D");
///     headers.get("SET-COOKIE");  // "A=B,C=D"
class HTTPHeaders {
public:
    class const_iterator;
    using value_type = HeaderField;

    HTTPHeaders() = default;
    /// Throws HTTPHeaderError, as add() does.
    HTTPHeaders(std::initializer_list<HeaderField> fields);
    HTTPHeaders(const HTTPHeaders& other);
    HTTPHeaders(HTTPHeaders&& other) noexcept;
    HTTPHeaders& operator=(const HTTPHeaders& other);
    HTTPHeaders& operator=(HTTPHeaders&& other) noexcept;
    ~HTTPHeaders() = default;

    /// Parses `text`, lines that end in CRLF or LF, as parse_line() does each; a blank line ends
    /// nothing.
    [[nodiscard]] static Result<HTTPHeaders> parse(std::string_view text);

    /// Appends a value to those `name` already has. Spaces and tabs around the value are dropped.
    /// Throws HTTPHeaderError unless the name is a token and the value free of control characters
    /// but TAB (RFC 9110, 5.5).
    void add(std::string_view name, std::string_view value);

    /// Replaces all values of `name` by this one, at the place of the first. Throws as add() does.
    void set(std::string_view name, std::string_view value);
    /// The same for any header but KnownHeader::other.
    void set(KnownHeader header, std::string_view value);

    /// The value of `name`, as get() has it; when it is absent, adds it with this one first. Throws
    /// as add() does.
    std::string setdefault(std::string_view name, std::string_view value);

    /// Replaces the values of each name in `others` by those it has there.
    void update(const HTTPHeaders& others);

    /// Removes all values of `name` and says whether there were any.
    bool remove(std::string_view name);
    bool remove(KnownHeader header);

    /// Removes all fields; keeps the memory for the next ones.
    void clear() noexcept;

    /// Parses one `Name: value` line and adds it; a line ending is dropped, an empty line ignored.
    /// A line that begins with a space or a tab continues the former value, with one space between
    /// (RFC 9112, 5.2). Fails with Errc::malformed_header; the object is then unchanged.
    Result<void> parse_line(std::string_view line);

    /// All values of `name` joined by commas, or nullopt when it is absent.
    [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> get(KnownHeader header) const;

    /// The value of `name` that came first, or nullopt. Never allocates.
    [[nodiscard]] std::optional<std::string_view> first(std::string_view name) const noexcept;
    [[nodiscard]] std::optional<std::string_view> first(KnownHeader header) const noexcept;

    /// The value of a field that no message may have twice, or nullopt when it is absent or does
    /// come twice: then others may read the other one. Never allocates.
    [[nodiscard]] std::optional<std::string_view> only(KnownHeader header) const noexcept;

    /// The values of `name` in the order they came; empty when it is absent.
    [[nodiscard]] std::vector<std::string_view> get_list(std::string_view name) const;

    /// How many values `name` has.
    [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t count(KnownHeader header) const noexcept;

    [[nodiscard]] bool contains(std::string_view name) const noexcept;
    [[nodiscard]] bool contains(KnownHeader header) const noexcept {
        return (known_ >> static_cast<unsigned>(header) & 1U) != 0;
    }

    /// The number of fields; a repeated name counts each time.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

    /// The field at `index`, which is less than size().
    [[nodiscard]] HeaderField operator[](std::size_t index) const noexcept;
    /// The known header that the field at `index` is.
    [[nodiscard]] KnownHeader known_at(std::size_t index) const noexcept {
        return entries_[index].header;
    }
    [[nodiscard]] const_iterator begin() const noexcept;
    [[nodiscard]] const_iterator end() const noexcept;

    /// Whether both have the same names, in whatever case and order, with the same values in the
    /// same order.
    [[nodiscard]] bool operator==(const HTTPHeaders& other) const;

    /// The fields as lines for people: canonical names, each line ended by LF. Mirrors
    /// `str(headers)`.
    [[nodiscard]] std::string to_string() const;

    /// Appends the fields as they go on the wire, "Name: value\r\n" each, without the blank line.
    void append_to(std::string& out) const;

    /// The number of bytes that append_to() appends.
    [[nodiscard]] std::size_t wire_size() const noexcept;

    /// `name` in Tornado's canonical spelling: "x-real-ip" becomes "X-Real-Ip".
    [[nodiscard]] static std::string normalize_name(std::string_view name);

    /// Appends a field that the caller knows to be right, such as the server's own constants:
    /// nothing is checked.
    void add_unchecked(std::string_view name, std::string_view value);
    void add_unchecked(KnownHeader header, std::string_view value);

    /// Empties the object and makes it borrow: append_borrowed() then takes offsets from `base`,
    /// whose bytes must stay unchanged for as long as this object is used and unchanged itself. For
    /// parsers.
    void borrow(const char* base) noexcept;

    /// Appends a field of the borrowed text, which the caller has checked. Allowed only after
    /// borrow().
    void append_borrowed(
        std::uint32_t name_offset,
        std::uint16_t name_length,
        std::uint32_t value_offset,
        std::uint32_t value_length,
        KnownHeader header
    ) {
        entries_.push_back({name_offset, value_offset, value_length, name_length, header});
        known_ |= std::uint64_t{1} << static_cast<unsigned>(header);
    }

    /// Tells a borrowing object that its text has moved to `base`, unchanged. Does nothing to one
    /// that owns its text.
    void rebase(const char* base) noexcept;

    /// Copies a borrowed text, so that its lender may go.
    void make_owned();
    [[nodiscard]] bool is_borrowed() const noexcept { return borrowed_ != nullptr; }

private:
    struct Entry {
        std::uint32_t name_offset;
        std::uint32_t value_offset;
        std::uint32_t value_length;
        std::uint16_t name_length;
        KnownHeader header;
    };

    [[nodiscard]] const char* base() const noexcept { return borrowed_ ? borrowed_ : text_.data(); }
    [[nodiscard]] std::string_view name_of(const Entry& entry) const noexcept {
        return {base() + entry.name_offset, entry.name_length};
    }
    [[nodiscard]] std::string_view value_of(const Entry& entry) const noexcept {
        return {base() + entry.value_offset, entry.value_length};
    }
    [[nodiscard]] std::size_t
    find_from(std::size_t index, std::string_view name, KnownHeader header) const noexcept;
    void append(std::string_view name, KnownHeader header, std::string_view value);
    void put(std::string_view name, KnownHeader header, std::string_view value);
    void replace_value(Entry& entry, std::string_view value);
    bool remove_from(std::size_t index, std::string_view name, KnownHeader header);

    using Text = std::basic_string<char, std::char_traits<char>, concurrent::PoolAllocator<char>>;

    std::vector<Entry, concurrent::PoolAllocator<Entry>> entries_;
    Text text_;                       ///< when owning: exactly what append_to() appends
    const char* borrowed_ = nullptr;  ///< the lender's text; null when owning
    std::uint64_t known_ = 0;         ///< a bit for each KnownHeader present
};

/// Walks the fields of an HTTPHeaders in arrival order. Invalidated by any change.
class HTTPHeaders::const_iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = HeaderField;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = HeaderField;

    const_iterator() = default;
    HeaderField operator*() const noexcept { return (*headers_)[index_]; }
    const_iterator& operator++() noexcept {
        ++index_;
        return *this;
    }
    const_iterator operator++(int) noexcept {
        auto before = *this;
        ++index_;
        return before;
    }
    bool operator==(const const_iterator&) const = default;

private:
    friend class HTTPHeaders;
    const_iterator(const HTTPHeaders* headers, std::size_t index)
        : headers_{headers},
          index_{index} {}

    const HTTPHeaders* headers_ = nullptr;
    std::size_t index_ = 0;
};

inline HeaderField HTTPHeaders::operator[](std::size_t index) const noexcept {
    return {name_of(entries_[index]), value_of(entries_[index])};
}
inline HTTPHeaders::const_iterator HTTPHeaders::begin() const noexcept {
    return {this, 0};
}
inline HTTPHeaders::const_iterator HTTPHeaders::end() const noexcept {
    return {this, entries_.size()};
}

}  // namespace tornado::httputil
