#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tornado::iostream {

/// What a read waits for, and whether the bytes received so far satisfy it.
class ReadRequest {
public:
    static ReadRequest bytes(std::size_t count, bool partial);
    static ReadRequest into(std::span<char> target, bool partial);
    static ReadRequest until(std::string_view delimiter, std::size_t max_bytes);
    /// Throws std::invalid_argument for a malformed expression.
    static ReadRequest until_regex(std::string_view regex, std::size_t max_bytes);
    static ReadRequest until_close();

    enum class Verdict { satisfied, more, never, too_complex };
    struct Answer {
        Verdict verdict;
        std::size_t count = 0;  ///< bytes to hand out, when satisfied
    };

    /// Judges the unread bytes. Remembers how far it has searched, so the bytes must only grow
    /// between two calls.
    Answer judge(std::string_view unread);

    /// What the end of the input means: how many of the unread bytes still satisfy the read.
    [[nodiscard]] Answer judge_at_end(std::string_view unread);

    /// How much more a read of the socket should ask for.
    [[nodiscard]] std::size_t missing(std::size_t unread) const noexcept {
        return count_ > unread ? count_ - unread : 0;
    }

    /// How many more bytes are worth another judgement, if they come without a pause: searching
    /// again only when there is twice as much keeps the whole search linear.
    [[nodiscard]] std::size_t worth_judging(std::size_t unread) const noexcept {
        if (kind_ != Kind::bytes) {
            return std::max<std::size_t>(unread, 1);
        }
        return partial_ ? 1 : missing(unread);
    }

    /// How many bytes it takes, neither more nor less; 0 when that is not known beforehand.
    [[nodiscard]] std::size_t exact_size() const noexcept { return partial_ ? 0 : count_; }

    /// The memory to be filled, if there is any.
    [[nodiscard]] std::span<char> target() const noexcept { return target_; }
    void set_target(std::span<char> target) noexcept { target_ = target; }

    ReadRequest(ReadRequest&&) noexcept;
    ReadRequest& operator=(ReadRequest&&) noexcept;
    ~ReadRequest();

    [[nodiscard]] bool is_partial() const noexcept { return partial_; }

private:
    enum class Kind { bytes, delimiter, regex, close };
    struct Regex;

    explicit ReadRequest(Kind kind);
    [[nodiscard]] Answer found(std::size_t end) const noexcept;
    [[nodiscard]] Answer not_found(std::size_t size) const noexcept;
    Answer search(std::string_view unread);

    Kind kind_;
    bool partial_ = false;
    std::size_t count_ = 0;
    std::size_t max_bytes_ = 0;
    std::size_t searched_ = 0;
    std::span<char> target_;
    std::string delimiter_;
    std::unique_ptr<Regex> regex_;
};

}  // namespace tornado::iostream
