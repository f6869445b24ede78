#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tornado/util/result.hpp"

/// Redis' protocol, versions 2 and 3.
namespace tornado::pubsub::resp {

enum class Errc {
    malformed = 1,  ///< not what a Redis sends
    too_large       ///< beyond a limit
};
[[nodiscard]] const std::error_category& resp_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc error) noexcept {
    return {static_cast<int>(error), resp_category()};
}

/// What a Redis says.
struct Value {
    enum class Kind : std::uint8_t {
        text,     ///< of any kind; numbers that are no 64-bit integer too
        error,    ///< text: what is wrong
        integer,  ///< true and false too
        null,
        list,  ///< and sets; of a map, keys and values in turn
        push   ///< a list that answers nothing
    };
    Kind kind = Kind::null;
    std::string text = {};
    std::int64_t integer = 0;
    std::vector<Value> items = {};
};

/// What an answer may be like.
struct Limits {
    std::size_t max_depth = 8;        ///< lists in lists
    std::size_t max_items = 1'000;    ///< of all lists of a value together
    std::size_t max_line = 8 * 1024;  ///< bytes of what is not told its length
    /// Bytes of what is. A text that is larger is not kept: an error stands in its place.
    std::size_t max_text = 1024 * 1024;
    std::size_t max_value = 2 * 1024 * 1024;  ///< bytes of a value with all that is in it
};

/// Takes values out of a stream of bytes. Strict: what is wrong once stays wrong.
class Parser {
public:
    explicit Parser(const Limits& limits = {}) : limits_{limits} {}

    void feed(std::string_view bytes);
    /// The next value; nullopt when it is not all there.
    [[nodiscard]] Result<std::optional<Value>> next();
    /// Bytes that are not taken yet.
    [[nodiscard]] std::size_t waiting() const noexcept { return buffer_.size() - at_; }

private:
    void leave_out(std::size_t begin, std::size_t size);

    Limits limits_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::size_t to_skip_ = 0;  ///< of what is fed next
    std::size_t needed_ = 0;   ///< more bytes than that are waiting when it makes sense to look
    std::error_code error_;
};

/// A command, as a Redis reads it.
[[nodiscard]] std::string command(std::initializer_list<std::string_view> words);
void append_command(std::string& out, std::initializer_list<std::string_view> words);

}  // namespace tornado::pubsub::resp

template <>
struct std::is_error_code_enum<tornado::pubsub::resp::Errc> : std::true_type {};
