#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/locale/plural_forms.hpp"
#include "tornado/locale/text_map.hpp"
#include "tornado/util/result.hpp"

namespace tornado::locale {

/// What stands between context and message in a catalogue. Mirrors
/// `tornado.locale.CONTEXT_SEPARATOR`.
inline constexpr char CONTEXT_SEPARATOR = '\x04';

/// The messages of one compiled gettext catalogue (.mo), as `msgfmt` makes it.
///
/// Ownership: owns its text, which is UTF-8 whatever the file's encoding was; views live as long as
/// it does. Thread safety: const functions from any thread.
/// Mirrors what Tornado uses of Python's `gettext.GNUTranslations`.
class GettextCatalogue {
public:
    /// Reads the bytes of a catalogue, of either byte order.
    ///
    /// Its encoding and plural forms are those that the header, the translation of "", names; UTF-8
    /// and PluralForms{} where it names none. Fails with a code of Errc.
    [[nodiscard]] static Result<GettextCatalogue> parse(std::string_view bytes);

    /// The translation of a message; nullopt when there is none. A message that has plural forms
    /// has the one for 1.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view message) const;
    /// The form for `count` things of a message that has plural forms. A negative count has the
    /// form of its absolute value.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view message, std::int64_t count)
        const;

    /// A field of the header, such as "Language"; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;

    [[nodiscard]] const PluralForms& plural_forms() const noexcept { return plural_forms_; }
    /// How many messages there are, the header not among them.
    [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }

private:
    struct Translation {
        bool has_plural = false;
        std::vector<std::string> forms = {};  // one, if it has no plural
    };

    GettextCatalogue() = default;

    [[nodiscard]] Result<void> read_header(std::string_view header);
    [[nodiscard]] Result<void>
    add(std::string_view message, std::string_view translation, std::string_view charset);
    [[nodiscard]] std::optional<std::string_view>
    form_of(const Translation& translation, std::uint64_t count) const;

    std::string header_;
    PluralForms plural_forms_;
    TextMap<Translation> messages_;
};

}  // namespace tornado::locale
