#include "tornado/auth/auth_mixin.hpp"

#include <any>
#include <stdexcept>

#include "tornado/web.hpp"

namespace tornado::auth {

web::RequestHandler& AuthMixin::handler() const {
    auto* const handler = dynamic_cast<web::RequestHandler*>(const_cast<AuthMixin*>(this));
    if (handler == nullptr) {
        throw std::logic_error{
            "a mixin of auth belongs to a handler: inherit web::RequestHandler beside it, "
            "publicly"};
    }
    return *handler;
}

std::string AuthMixin::required_setting(const std::string& name) const {
    const auto& settings = handler().settings().extra;
    const auto found = settings.find(name);
    if (found != settings.end()) {
        if (const auto* const text = std::any_cast<std::string>(&found->second)) {
            return *text;
        }
        if (const auto* const text = std::any_cast<const char*>(&found->second)) {
            return *text;
        }
    }
    throw std::logic_error{"set ApplicationSettings::extra[\"" + name + "\"] to a std::string"};
}

}  // namespace tornado::auth
