#include <stdexcept>
#include <string>
#include <tornado/locale/translations.hpp>
#include <utility>

#include "accept_language.hpp"
#include "request_run.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web {

const tornado::locale::Locale& RequestHandler::locale() {
    auto& client = run().client();
    if (client.locale == nullptr) {
        const auto call = run().begin_call(detail::Hook::get_user_locale);
        if (call.is_nested()) {
            throw std::logic_error{
                "get_user_locale() cannot ask locale(): it is what answers that"};
        }
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
