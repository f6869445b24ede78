#include "tornado/httputil/known_header.hpp"

#include "known_header_table.hpp"

namespace tornado::httputil {

KnownHeader known_header(std::string_view name) noexcept {
    // The check of the token comes second, so that names that are not known stay cheap.
    const auto found = name.empty() ? KnownHeader::other : known_header_of_token(name);
    return found != KnownHeader::other && is_token(name) ? found : KnownHeader::other;
}

std::string_view header_name(KnownHeader header) noexcept {
    return known_names[static_cast<std::size_t>(header)];
}

}  // namespace tornado::httputil
