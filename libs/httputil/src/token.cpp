#include "tornado/httputil/token.hpp"

#include "character.hpp"

namespace tornado::httputil {

bool is_token(std::string_view text) noexcept {
    return !text.empty() && all_are(text, token_char);
}

}  // namespace tornado::httputil
