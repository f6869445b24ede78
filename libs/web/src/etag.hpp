#pragma once

#include <array>
#include <string_view>

namespace tornado::web {

/// A strong entity tag: the SHA-1 of some content in hexadecimal, in quotes. Made without an
/// allocation.
class Etag {
public:
    explicit Etag(std::string_view content);
    [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

private:
    void compute(std::string_view content);

    std::array<char, 42> text_;
};

/// Whether `if_none_match` names `etag`, by weak comparison (RFC 9110, 13.1.2). "*" counts when it
/// stands first, as in Tornado.
[[nodiscard]] bool etag_matches(std::string_view if_none_match, std::string_view etag) noexcept;

/// Whether `if_match` names `etag`, by strong comparison (RFC 9110, 13.1.1): a weak tag is like no
/// other, itself included. "*" counts when it stands first.
[[nodiscard]] bool etag_matches_strongly(std::string_view if_match, std::string_view etag) noexcept;

}  // namespace tornado::web
