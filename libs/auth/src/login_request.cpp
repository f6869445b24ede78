#include "tornado/auth/login_request.hpp"

#include <algorithm>
#include <stdexcept>

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

LoginRequest& LoginRequest::max_age(std::chrono::seconds age) {
    if (age < std::chrono::seconds::zero()) {
        throw std::invalid_argument{"nobody can prove who they are in the future: see max_age()"};
    }
    max_age_ = age;
    return *this;
}

}  // namespace tornado::auth
