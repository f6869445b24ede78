#include "tornado/auth/login_request.hpp"

#include <algorithm>

namespace tornado::auth {

std::string local_path(std::string_view url) {
    constexpr std::size_t longest = 512;  // it has to fit into a cookie
    // Browsers take "\" for "/", and overlook tabs and line feeds.
    const bool is_strange = std::any_of(url.begin(), url.end(), [](char c) {
        return c <= ' ' || c == '\\' || c > '~';
    });
    if (is_strange || url.size() > longest || !url.starts_with('/') || url.starts_with("//")) {
        return "/";
    }
    return std::string{url};
}

}  // namespace tornado::auth
