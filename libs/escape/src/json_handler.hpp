#pragma once

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tornado::escape {

/// Builds a value from what Boost's basic_parser finds.
///
/// Boost's own handler takes the parser's idea of a double, which is often off in the last digit;
/// this one reads doubles from their text, so that each number comes back as it was written.
class JsonHandler {
public:
    using Error = boost::system::error_code;
    using Text = boost::json::string_view;

    // The names that basic_parser asks for: no limits but that of memory.
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    JsonHandler() { stack_.reset(); }

    /// The value, once the parser is done.
    [[nodiscard]] boost::json::value release() { return stack_.release(); }

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) { return true; }
    bool on_object_end(std::size_t count, Error&) {
        stack_.push_object(count);
        return true;
    }
    bool on_array_begin(Error&) { return true; }
    bool on_array_end(std::size_t count, Error&) {
        stack_.push_array(count);
        return true;
    }
    bool on_key_part(Text text, std::size_t, Error&) {
        stack_.push_chars(text);
        return true;
    }
    bool on_key(Text text, std::size_t, Error&) {
        stack_.push_key(text);
        return true;
    }
    bool on_string_part(Text text, std::size_t, Error&) {
        stack_.push_chars(text);
        return true;
    }
    bool on_string(Text text, std::size_t, Error&) {
        stack_.push_string(text);
        return true;
    }
    bool on_number_part(Text text, Error&) {
        number_.append(text.data(), text.size());
        return true;
    }
    bool on_int64(std::int64_t number, Text, Error&) {
        number_.clear();
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, Text, Error&) {
        number_.clear();
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double number, Text text, Error&) {
        number_.append(text.data(), text.size());
        double exact = 0;
        const auto* end = number_.data() + number_.size();
        const bool read = std::from_chars(number_.data(), end, exact).ec == std::errc{};
        stack_.push_double(read ? exact : number);  // the parser knows 0 and infinity as well
        number_.clear();
        return true;
    }
    bool on_bool(bool value, Error&) {
        stack_.push_bool(value);
        return true;
    }
    bool on_null(Error&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(Text, Error&) { return true; }
    bool on_comment(Text, Error&) { return true; }

private:
    boost::json::value_stack stack_;
    std::string number_;  // the parts of the present number
};

}  // namespace tornado::escape
