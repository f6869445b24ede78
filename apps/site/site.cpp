#include "site.hpp"

#include <filesystem>
#include <stdexcept>

namespace site {

void SiteHandler::set_extra_headers(std::string_view /*path*/) {
    set_header("Cache-Control", "no-cache");  // asks whether there is a newer one, each time
    set_header(
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    set_header("Referrer-Policy", "same-origin");
    set_header("X-Content-Type-Options", "nosniff");
    if (get_content_type(absolute_path()) == "text/html") {
        static_cast<void>(xsrf_token());  // sets the cookie
    }
}

std::string site_folder(std::string folder) {
    if (folder.empty()) {
        folder = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "site";
    }
    if (!std::filesystem::is_regular_file(folder + "/index.html")) {
        throw std::runtime_error{"there is no page in " + folder + "; --site names its folder"};
    }
    return std::filesystem::canonical(folder);
}

std::string host_of(const std::string& address) {
    if (address.empty()) {
        return "localhost";
    }
    return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

}  // namespace site
