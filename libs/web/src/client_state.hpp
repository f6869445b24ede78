#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tornado/web/user.hpp"
#include "xsrf_token.hpp"

namespace tornado::locale {
class Locale;
}

namespace tornado::web::detail {

/// What a handler has found out about the client, kept for as long as the request.
struct ClientState {
    User user = {};
    bool user_known = false;
    std::shared_ptr<const tornado::locale::Locale> locale =
        {};                              ///< null: locale() has not been asked
    std::optional<XsrfToken> xsrf = {};  ///< what the cookie says, or a new one
    std::string xsrf_text = {};          ///< empty: xsrf_token() has not been asked
};

}  // namespace tornado::web::detail
