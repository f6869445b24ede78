#include "resp.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tornado::pubsub::resp {

namespace {

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "resp"; }
    [[nodiscard]] std::string message(int code) const override {
        return code == static_cast<int>(Errc::too_large) ? "a reply that is too large"
                                                         : "no reply of a Redis";
    }
};

/// A number without a plus, a blank or anything else around it.
std::optional<std::int64_t> integer(std::string_view text) {
    std::int64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end) {
        return std::nullopt;
    }
    return value;
}

/// More than that is not even skipped.
constexpr std::int64_t largest_text = 1024 * 1024 * 1024;

/// A piece of a text.
struct Piece {
    std::size_t begin = 0;
    std::size_t size = 0;
};

/// Reads one value from the beginning of a text.
class Reading {
public:
    Reading(std::string_view text, const Limits& limits) : text_{text}, limits_{limits} {}

    /// False when there is no whole value: then error() says why, or too_large() what has to be
    /// left out, even if it is not all there, or else needed() how much it takes at least.
    bool read(Value& value, std::size_t depth = 0);

    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    [[nodiscard]] const Piece& too_large() const noexcept { return too_large_; }
    [[nodiscard]] std::size_t needed() const noexcept { return needed_; }
    [[nodiscard]] std::size_t taken() const noexcept { return at_; }

private:
    bool fail(Errc why) {
        error_ = why;
        return false;
    }
    bool need(std::size_t size) {
        needed_ = size;
        return false;
    }
    bool read_line(std::string_view& line);
    bool read_size(std::string_view line, std::int64_t& size);
    bool read_text(std::string_view line, Value& value);
    bool read_items(std::string_view line, std::size_t each, Value& value, std::size_t depth);
    bool read_attributes(std::string_view line, std::size_t depth);

    std::string_view text_;
    const Limits& limits_;
    std::size_t at_ = 0;
    std::size_t items_ = 0;
    std::size_t needed_ = 0;
    Piece too_large_;
    std::error_code error_;
};

bool Reading::read_line(std::string_view& line) {
    const auto rest = text_.substr(at_);
    const auto end = rest.find_first_of("\r\n");
    if (std::min(end, rest.size()) > limits_.max_line) {
        return fail(Errc::too_large);
    }
    if (end == rest.npos || end + 1 == rest.size()) {
        return end != rest.npos && rest[end] == '\n' ? fail(Errc::malformed)
                                                     : need(text_.size() + 1);
    }
    if (!rest.substr(end).starts_with("\r\n")) {
        return fail(Errc::malformed);
    }
    line = rest.substr(0, end);
    at_ += end + 2;
    return at_ <= limits_.max_value || fail(Errc::too_large);
}

/// -1 is for null, as version 2 has it.
bool Reading::read_size(std::string_view line, std::int64_t& size) {
    const auto number = integer(line.substr(1));
    if (!number || *number < -1) {
        return fail(Errc::malformed);
    }
    size = *number;
    return true;
}

bool Reading::read_text(std::string_view line, Value& value) {
    std::int64_t size = 0;
    if (!read_size(line, size)) {
        return false;
    }
    if (size < 0) {
        value.kind = Value::Kind::null;
        return line[0] == '$' || fail(Errc::malformed);
    }
    if (size > largest_text) {
        return fail(Errc::too_large);
    }
    const auto rest = text_.substr(at_);
    const auto length = static_cast<std::size_t>(size);
    if (length > limits_.max_text) {
        const auto head = line.size() + 2;
        too_large_ = {at_ - head, head + length + 2};
        return false;
    }
    if (at_ + length + 2 > limits_.max_value) {
        return fail(Errc::too_large);
    }
    if (rest.size() < length + 2) {
        return need(at_ + length + 2);
    }
    if (rest.substr(length, 2) != "\r\n") {
        return fail(Errc::malformed);
    }
    auto text = rest.substr(0, length);
    at_ += length + 2;
    if (line[0] == '=') {  // "txt:" and the like in front
        if (length < 4 || text[3] != ':') {
            return fail(Errc::malformed);
        }
        text.remove_prefix(4);
    }
    value.kind = line[0] == '!' ? Value::Kind::error : Value::Kind::text;
    value.text = text;
    return true;
}

bool Reading::read_items(std::string_view line, std::size_t each, Value& value, std::size_t depth) {
    std::int64_t size = 0;
    if (!read_size(line, size)) {
        return false;
    }
    if (size < 0) {
        value.kind = Value::Kind::null;
        return line[0] == '*' || fail(Errc::malformed);
    }
    if (depth == limits_.max_depth || static_cast<std::size_t>(size) > limits_.max_items / each) {
        return fail(Errc::too_large);
    }
    const auto count = static_cast<std::size_t>(size) * each;
    items_ += count;
    if (items_ > limits_.max_items) {
        return fail(Errc::too_large);
    }
    value.kind = line[0] == '>' ? Value::Kind::push : Value::Kind::list;
    for (std::size_t i = 0; i < count; ++i) {
        if (!read(value.items.emplace_back(), depth + 1)) {
            return false;
        }
    }
    return true;
}

/// What is said about a value in front of it interests nobody here.
bool Reading::read_attributes(std::string_view line, std::size_t depth) {
    Value ignored;
    return read_items(line, 2, ignored, depth);
}

bool Reading::read(Value& value, std::size_t depth) {
    std::string_view line;
    if (!read_line(line)) {
        return false;
    }
    if (line.empty()) {
        return fail(Errc::malformed);
    }
    const auto rest = line.substr(1);
    switch (line[0]) {
        case '+':
        case ',':
        case '(':
            value.kind = Value::Kind::text;
            value.text = rest;
            return true;
        case '-':
            value.kind = Value::Kind::error;
            value.text = rest;
            return true;
        case ':':
            value.kind = Value::Kind::integer;
            value.integer = integer(rest).value_or(0);
            return integer(rest) || fail(Errc::malformed);
        case '#':
            value.kind = Value::Kind::integer;
            value.integer = rest == "t" ? 1 : 0;
            return rest == "t" || rest == "f" || fail(Errc::malformed);
        case '_':
            value.kind = Value::Kind::null;
            return rest.empty() || fail(Errc::malformed);
        case '$':
        case '!':
        case '=':
            return read_text(line, value);
        case '*':
        case '~':
        case '>':
            return read_items(line, 1, value, depth);
        case '%':
            return read_items(line, 2, value, depth);
        case '|':
            return depth < limits_.max_depth
                       ? read_attributes(line, depth) && read(value, depth + 1)
                       : fail(Errc::too_large);
        default:
            return fail(Errc::malformed);
    }
}

}  // namespace

const std::error_category& resp_category() noexcept {
    static const Category category;
    return category;
}

void Parser::feed(std::string_view bytes) {
    buffer_.erase(0, at_);
    at_ = 0;
    const auto skipped = std::min(to_skip_, bytes.size());
    to_skip_ -= skipped;
    buffer_.append(bytes.substr(skipped));
}

Result<std::optional<Value>> Parser::next() {
    while (!error_ && waiting() != 0 && waiting() >= needed_) {
        Reading reading{std::string_view{buffer_}.substr(at_), limits_};
        Value value;
        if (reading.read(value)) {
            at_ += reading.taken();
            needed_ = 0;
            return std::optional{std::move(value)};
        }
        error_ = reading.error();
        needed_ = reading.needed();
        if (const auto& piece = reading.too_large(); piece.size != 0) {
            leave_out(at_ + piece.begin, piece.size);
        }
    }
    if (error_) {
        return error_;
    }
    return std::optional<Value>{};
}

/// Puts an error in the place of a text, of which only a part may have come.
void Parser::leave_out(std::size_t begin, std::size_t size) {
    const auto here = std::min(size, buffer_.size() - begin);
    buffer_.replace(begin, here, "-too large\r\n");
    to_skip_ = size - here;
}

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
    out += "*" + std::to_string(words.size()) + "\r\n";
    for (const auto word : words) {
        out += "$" + std::to_string(word.size()) + "\r\n";
        out.append(word).append("\r\n");
    }
}

std::string command(std::initializer_list<std::string_view> words) {
    std::string out;
    append_command(out, words);
    return out;
}

}  // namespace tornado::pubsub::resp
