#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::postgresql_pubsub {

/// The payloads of the notifications that carry a message: `<sender>.<number>.<part>.<parts>:` and
/// base64, each of at most `most` bytes. Numbers are in hexadecimal. No two payloads are alike, as
/// the server would send one of them only.
[[nodiscard]] std::vector<std::string> split_message(
    std::string_view message,
    std::uint64_t sender,
    std::uint64_t number,
    std::size_t most
);

/// Puts messages together again. Parts of one come one after the other, as a transaction's
/// notifications do.
class Assembler {
public:
    explicit Assembler(std::size_t max_size) : max_size_{max_size} {}

    /// The message, when this was its last part. Nothing for what is no part, or not the one that
    /// comes next: the message is lost then.
    [[nodiscard]] std::optional<std::string> add(std::string_view payload);
    /// How many payloads were none of ours, or belonged to no whole message.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
    [[nodiscard]] std::optional<std::string> refuse();

    std::size_t max_size_;
    std::uint64_t sender_ = 0;
    std::uint64_t number_ = 0;
    std::uint64_t parts_ = 0;
    std::uint64_t next_ = 0;  ///< part of that message
    std::string message_;
    std::uint64_t refused_ = 0;
};

}  // namespace tornado::postgresql_pubsub
