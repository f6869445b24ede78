#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>
#include <tornado/locale/translations.hpp>
#include <utility>
#include <vector>

#include "request_run.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web {

namespace {

constexpr std::size_t most_languages = 100;

struct Language {
    std::string code;
    double weight;
};

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    return begin == text.npos ? std::string_view{}
                              : text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

std::string_view take_until(std::string_view& text, char mark) {
    const auto end = std::min(text.find(mark), text.size());
    const auto piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(piece);
}

/// The weight that a language's first parameter gives it: 1 when it has none, 0 for no number.
double weight_of(std::string_view parameters) {
    auto parameter = take_until(parameters, ';');
    if (!parameter.starts_with("q=")) {
        return 1;
    }
    parameter.remove_prefix(2);
    double weight = 0;
    const auto* end = parameter.data() + parameter.size();
    const auto [stop, error] = std::from_chars(parameter.data(), end, weight);
    return error == std::errc{} && stop == end ? weight : 0;
}

/// The codes of an Accept-Language (RFC 9110, 12.5.4), the most wanted first.
std::vector<std::string> accepted_languages(std::string_view field) {
    std::vector<Language> languages;
    for (std::size_t i = 0; i < most_languages && !field.empty(); ++i) {
        auto member = take_until(field, ',');
        const auto code = take_until(member, ';');
        if (const auto weight = weight_of(member); weight > 0) {  // which "nan" is not either
            languages.push_back({std::string{code}, weight});
        }
    }
    std::ranges::stable_sort(languages, std::ranges::greater{}, &Language::weight);
    std::vector<std::string> codes;
    for (auto& language : languages) {
        codes.push_back(std::move(language.code));
    }
    return codes;
}

}  // namespace

const tornado::locale::Locale& RequestHandler::locale() {
    auto& client = run().client();
    if (client.locale == nullptr) {
        auto chosen = get_user_locale();
        client.locale = chosen != nullptr ? std::move(chosen) : get_browser_locale();
    }
    return *client.locale;
}

void RequestHandler::set_locale(std::shared_ptr<const tornado::locale::Locale> locale) {
    if (locale == nullptr) {
        throw std::invalid_argument{
            "set_locale needs a locale, not a null pointer: see locale::get()"};
    }
    run().client().locale = std::move(locale);
}

std::shared_ptr<const tornado::locale::Locale> RequestHandler::get_browser_locale(
    std::string_view fallback
) const {
    const auto field = request().headers().get("Accept-Language");
    const auto codes = accepted_languages(field.value_or(std::string{}));
    return codes.empty() ? tornado::locale::get(fallback) : tornado::locale::get(codes);
}

}  // namespace tornado::web
