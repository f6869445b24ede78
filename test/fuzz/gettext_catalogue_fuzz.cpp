// Any bytes as a gettext catalogue, and as the field Plural-Forms: what is taken can be asked about
// everything, and forms are those that are there.
#include <tornado/locale/gettext_catalogue.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "support.hpp"

namespace {

namespace locale = tornado::locale;

constexpr std::int64_t counts[] =
    {0, 1, 2, 5, 11, 100, -1, std::numeric_limits<std::int64_t>::min()};

void check_forms(const locale::PluralForms& forms) {
    for (const auto count : counts) {
        const auto form = forms.form(static_cast<std::uint64_t>(count));
        require(!form || *form < forms.count(), "a form is one of those that there are");
    }
}

void check_catalogue(std::string_view input) {
    const auto catalogue = locale::GettextCatalogue::parse(input);
    if (catalogue.has_error()) {
        return;
    }
    check_forms(catalogue->plural_forms());
    require(!catalogue->find("").has_value(), "the header is no message");
    for (const std::string_view message : {"a", "school", "1 second"}) {
        const auto found = catalogue->find(message);
        require(!found || !found->empty(), "no translation is empty");
        for (const auto count : counts) {
            const auto form = catalogue->find(message, count);
            require(!form || !form->empty(), "no form is empty");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    check_catalogue(input);
    if (const auto forms = locale::PluralForms::parse(input)) {
        check_forms(*forms);
    }
    return 0;
}
