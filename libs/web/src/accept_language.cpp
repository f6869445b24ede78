#include "accept_language.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>
#include <system_error>
#include <utility>

#include "tornado/util/ascii.hpp"

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

/// The weight that a language's parameters give it: 1 when they do not, 0 for no number.
double weight_of(std::string_view parameters) {
    while (!parameters.empty()) {
        auto parameter = take_until(parameters, ';');
        if (!util::equals_ignore_case(take_until(parameter, '='), "q")) {
            continue;
        }
        parameter = trimmed(parameter);
        double weight = 0;
        const auto* end = parameter.data() + parameter.size();
        const auto [stop, error] = std::from_chars(parameter.data(), end, weight);
        return error == std::errc{} && stop == end ? weight : 0;
    }
    return 1;
}

}  // namespace

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

}  // namespace tornado::web
