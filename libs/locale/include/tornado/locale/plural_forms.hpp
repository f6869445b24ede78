#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tornado/util/result.hpp"

namespace tornado::locale {

/// Which form a language uses for a number of things, as the field Plural-Forms of a gettext
/// catalogue says: `nplurals=2; plural=(n != 1);`.
///
/// The expression is C's, over whole numbers without a sign: n, decimal numbers, parentheses,
/// `! * / % + - < <= > >= == != && ||` and `?:`. It is parsed, not run, so that a catalogue can
/// neither do anything else nor take long: it has at most max_size characters, and nests at most
/// max_depth deep.
///
/// Thread safety: const functions from any thread.
///
///     auto polish = PluralForms::parse(
///         "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
///     );
///     polish->form(22);  // 1
class PluralForms {
public:
    static constexpr std::size_t max_size = 1000;
    static constexpr std::size_t max_depth = 50;
    static constexpr std::size_t max_count = 100;  ///< of forms

    /// Two forms: the first for 1, the second for any other number.
    PluralForms();

    /// Reads the value of the field Plural-Forms. Fails with Errc::malformed_plural_forms.
    [[nodiscard]] static Result<PluralForms> parse(std::string_view text);

    /// How many forms there are.
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

    /// The number of the form for `n` things, from 0; nullopt where the expression divides by zero
    /// or names a form that is not there.
    [[nodiscard]] std::optional<std::size_t> form(std::uint64_t n) const;

    /// A part of the expression. Its operands stand before it.
    struct Node {
        enum class Operation : unsigned char {
            number,
            n,
            not_,
            multiply,
            divide,
            modulo,
            add,
            subtract,
            less,
            less_or_equal,
            greater,
            greater_or_equal,
            equal,
            not_equal,
            and_,
            or_,
            choose,
        };
        Operation operation = Operation::number;
        std::uint64_t value = 0;  ///< of a number
        std::size_t operands[3] = {};
    };

private:
    [[nodiscard]] std::optional<std::uint64_t> evaluate(std::size_t node, std::uint64_t n) const;

    std::vector<Node> nodes_;  // the last is the whole
    std::size_t count_ = 2;
};

}  // namespace tornado::locale
