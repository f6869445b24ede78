#include "tornado/locale/translations.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <tornado/log/logger.hpp>
#include <utility>

#include "charset.hpp"
#include "csv_reader.hpp"
#include "read_file.hpp"
#include "tornado/locale/csv_locale.hpp"
#include "tornado/locale/gettext_locale.hpp"

namespace tornado::locale {

namespace {

namespace fs = std::filesystem;
using Locales = std::map<std::string, std::shared_ptr<const Locale>, std::less<>>;

/// All that is loaded; never changed, only replaced. The default locale is always there.
struct Loaded {
    std::string default_code;
    std::shared_ptr<const Locale> default_locale;
    Locales locales;  // with translations

    [[nodiscard]] std::shared_ptr<const Locale> find(std::string_view code) const {
        if (const auto found = locales.find(code); found != locales.end()) {
            return found->second;
        }
        return code == default_code ? default_locale : nullptr;
    }
};

std::shared_ptr<const Loaded> make_loaded(std::string default_code, Locales locales) {
    auto loaded = std::make_shared<Loaded>();
    const auto translated = locales.find(default_code);
    loaded->default_locale = translated != locales.end()
                                 ? translated->second
                                 : std::make_shared<CSVLocale>(default_code);
    loaded->default_code = std::move(default_code);
    loaded->locales = std::move(locales);
    return loaded;
}

struct Registry {
    std::mutex mutex;
    std::shared_ptr<const Loaded> loaded = make_loaded("en_US", {});

    std::shared_ptr<const Loaded> snapshot() {
        const std::lock_guard lock{mutex};
        return loaded;
    }
};

Registry& registry() {
    static auto& instance = *new Registry;  // never destroyed: threads may still ask
    return instance;
}

void log_supported_locales() {
    if (!log::gen_log().enabled(log::Level::debug)) {
        return;
    }
    std::string codes;
    for (const auto& code : get_supported_locales()) {
        codes += (codes.empty() ? "" : ", ") + code;
    }
    log::gen_log().debug("Supported locales: ", codes);
}

void install(Locales locales) {
    auto& all = registry();
    {
        const std::lock_guard lock{all.mutex};
        all.loaded = make_loaded(all.loaded->default_code, std::move(locales));
    }
    log_supported_locales();
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

/// Whether it is a language, or a language and a territory: `ll` or `ll_CC`.
bool is_locale_code(std::string_view code) {
    const auto underscore = std::min(code.find('_'), code.size());
    const auto language = code.substr(0, underscore);
    const auto territory = code.substr(std::min(underscore + 1, code.size()));
    return !language.empty() && std::ranges::all_of(language, is_lower) &&
           std::ranges::all_of(territory, is_upper) &&
           territory.empty() == (underscore == code.size());
}

std::shared_ptr<const Locale> closest(const Loaded& loaded, std::string code) {
    std::ranges::replace(code, '-', '_');
    const auto underscore = std::min(code.find('_'), code.size());
    if (code.empty() || code.find('_', underscore + 1) != code.npos) {
        return nullptr;
    }
    const auto territory = code.begin() + static_cast<std::ptrdiff_t>(underscore);
    auto language = code.substr(0, underscore);
    std::ranges::transform(language, language.begin(), to_lower);
    if (underscore != code.size()) {
        std::ranges::copy(language, code.begin());
        std::transform(territory, code.end(), territory, to_upper);
    }
    auto found = loaded.find(code);
    return found != nullptr ? found : loaded.find(language);
}

/// The translations of one file in CSV; nullopt when it cannot be read.
std::optional<CSVTranslations> read_csv(const fs::path& path, std::string_view encoding) {
    const auto bytes = read_file(path);
    const auto text = bytes ? decode(*bytes, encoding) : Result<std::string>{bytes.error()};
    if (text.has_error()) {
        log::gen_log().error(
            "Cannot load translations from ", path.native(), ": ", text.error().message()
        );
        return std::nullopt;
    }
    return parse_csv_translations(*text, path.native());
}

std::shared_ptr<const GettextCatalogue>
read_catalogue(const fs::path& path, std::string_view code) {
    const auto bytes = read_file(path);
    auto catalogue =
        bytes ? GettextCatalogue::parse(*bytes) : Result<GettextCatalogue>{bytes.error()};
    if (catalogue.has_error()) {
        log::gen_log().error(
            "Cannot load translation for '",
            code,
            "' from ",
            path.native(),
            ": ",
            catalogue.error().message()
        );
        return nullptr;
    }
    return std::make_shared<const GettextCatalogue>(std::move(*catalogue));
}

/// The codes whose catalogues serve a locale, its own first: "sr_RS@latin", "sr@latin", "sr_RS",
/// "sr".
std::vector<std::string> codes_that_serve(const std::string& code) {
    const auto at = std::min(code.find('@'), code.size());
    const auto modifier = code.substr(at);
    const auto language = code.substr(0, std::min(code.find('_'), at));
    const auto territory = code.substr(language.size(), at - language.size());
    std::vector<std::string> codes;
    for (const auto& candidate : {code, language + modifier, language + territory, language}) {
        if (std::ranges::find(codes, candidate) == codes.end()) {
            codes.push_back(candidate);
        }
    }
    return codes;
}

using Catalogues = std::map<std::string, std::shared_ptr<const GettextCatalogue>>;

GettextLocale::Catalogues catalogues_of(const std::string& code, const Catalogues& all) {
    GettextLocale::Catalogues chain;
    for (const auto& candidate : codes_that_serve(code)) {
        if (const auto found = all.find(candidate); found != all.end()) {
            chain.push_back(found->second);
        }
    }
    return chain;
}

}  // namespace

std::shared_ptr<const Locale> get(const std::vector<std::string>& codes) {
    const auto loaded = registry().snapshot();
    for (const auto& code : codes) {
        if (auto found = closest(*loaded, code)) {
            return found;
        }
    }
    return loaded->default_locale;
}

std::shared_ptr<const Locale> Locale::get_closest(const std::vector<std::string>& codes) {
    return locale::get(codes);
}

std::shared_ptr<const Locale> Locale::get(std::string_view code) {
    auto found = registry().snapshot()->find(code);
    if (found == nullptr) {
        throw std::invalid_argument{
            "there is no locale \"" + std::string{code} +
            "\"; locale::get() finds the closest that there is"};
    }
    return found;
}

void set_default_locale(std::string code) {
    auto& all = registry();
    const std::lock_guard lock{all.mutex};
    all.loaded = make_loaded(std::move(code), all.loaded->locales);
}

void load_translations(const std::string& directory, std::string_view encoding) {
    if (!is_known_charset(encoding)) {
        throw std::invalid_argument{
            "the encoding \"" + std::string{encoding} + "\" of translations is not known here"};
    }
    Locales locales;
    for (const auto& entry : fs::directory_iterator{directory}) {
        const auto& path = entry.path();
        if (path.extension() != ".csv") {
            continue;
        }
        const auto code = path.stem().string();
        if (!is_locale_code(code)) {
            log::gen_log().error("Unrecognized locale '", code, "' (path: ", path.native(), ')');
            continue;
        }
        if (auto translations = read_csv(path, encoding)) {
            locales[code] = std::make_shared<CSVLocale>(code, std::move(*translations));
        }
    }
    install(std::move(locales));
}

void load_gettext_translations(const std::string& directory, std::string_view domain) {
    Catalogues catalogues;
    for (const auto& entry : fs::directory_iterator{directory}) {
        const auto code = entry.path().filename().string();
        const auto path = entry.path() / "LC_MESSAGES" / (std::string{domain} + ".mo");
        std::error_code ignored;
        if (!fs::exists(path, ignored)) {
            continue;
        }
        if (auto catalogue = read_catalogue(path, code)) {
            catalogues[code] = std::move(catalogue);
        }
    }
    Locales locales;
    for (const auto& [code, catalogue] : catalogues) {
        locales[code] = std::make_shared<GettextLocale>(code, catalogues_of(code, catalogues));
    }
    install(std::move(locales));
}

std::vector<std::string> get_supported_locales() {
    const auto loaded = registry().snapshot();
    std::vector<std::string> codes;
    for (const auto& [code, locale] : loaded->locales) {
        codes.push_back(code);
    }
    if (!loaded->locales.contains(loaded->default_code)) {
        codes.insert(std::ranges::upper_bound(codes, loaded->default_code), loaded->default_code);
    }
    return codes;
}

}  // namespace tornado::locale
