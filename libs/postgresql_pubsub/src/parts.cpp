#include "parts.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "tornado/util/base64.hpp"

namespace tornado::postgresql_pubsub {

namespace {

/// Four numbers of at most 16 digits, three dots and a colon.
constexpr std::size_t longest_head = 68;

std::string hex(std::uint64_t number) {
    std::array<char, 16> text{};
    const auto end = std::to_chars(text.begin(), text.end(), number, 16).ptr;
    return {text.begin(), end};
}

/// Takes a number and what follows it off the front.
bool take_number(std::string_view& text, char end, std::uint64_t& number) {
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    if (error != std::errc{} || at == text.data() + text.size() || *at != end) {
        return false;
    }
    text.remove_prefix(static_cast<std::size_t>(at - text.data()) + 1);
    return true;
}

int sextet(char c) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto at = alphabet.find(c);
    return at == alphabet.npos ? -1 : static_cast<int>(at);
}

/// Appends what padded base64 (RFC 4648, 4) means.
bool append_decoded(std::string_view text, std::string& bytes) {
    if (text.size() % 4 != 0) {
        return false;
    }
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const bool is_last = at + 4 == text.size();
        const std::size_t padding = !is_last              ? 0
                                    : text[at + 2] == '=' ? 2
                                    : text[at + 3] == '=' ? 1
                                                          : 0;
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const int value = i >= 4 - padding ? 0 : sextet(text[at + i]);
            if (value < 0 || (padding == 2 && text[at + 3] != '=')) {
                return false;
            }
            bits = bits << 6U | static_cast<std::uint32_t>(value);
        }
        for (std::size_t i = 0; i < 3 - padding; ++i) {
            bytes.push_back(static_cast<char>(bits >> (16 - 8 * i) & 0xffU));
        }
    }
    return true;
}

}  // namespace

std::vector<std::string> split_message(
    std::string_view message,
    std::uint64_t sender,
    std::uint64_t number,
    std::size_t most
) {
    const auto step = (most - longest_head) / 4 * 3;
    const auto parts = message.empty() ? 1 : (message.size() + step - 1) / step;
    std::vector<std::string> payloads;
    payloads.reserve(parts);
    for (std::size_t part = 0; part < parts; ++part) {
        payloads.push_back(
            hex(sender) + "." + hex(number) + "." + hex(part) + "." + hex(parts) + ":" +
            util::base64(message.substr(part * step, step))
        );
    }
    return payloads;
}

std::optional<std::string> Assembler::refuse() {
    ++refused_;
    parts_ = 0;
    message_.clear();
    return std::nullopt;
}

std::optional<std::string> Assembler::add(std::string_view payload) {
    std::uint64_t sender = 0;
    std::uint64_t number = 0;
    std::uint64_t part = 0;
    std::uint64_t parts = 0;
    const bool is_part = take_number(payload, '.', sender) && take_number(payload, '.', number) &&
                         take_number(payload, '.', part) && take_number(payload, ':', parts) &&
                         part < parts;
    if (!is_part) {
        return refuse();
    }
    if (part == 0) {
        refused_ += parts_ != 0 ? 1 : 0;  // the former was not whole
        sender_ = sender;
        number_ = number;
        parts_ = parts;
        next_ = 0;
        message_.clear();
    }
    const bool is_next = sender == sender_ && number == number_ && parts == parts_ && part == next_;
    if (!is_next || !append_decoded(payload, message_) || message_.size() > max_size_) {
        return refuse();
    }
    if (++next_ != parts_) {
        return std::nullopt;
    }
    parts_ = 0;
    return std::exchange(message_, {});
}

}  // namespace tornado::postgresql_pubsub
