#include "site.hpp"

#include <filesystem>
#include <stdexcept>

namespace site {

namespace {

std::string beside_the_program(const std::string& name) {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

}  // namespace

void set_page_headers(tornado::web::RequestHandler& handler) {
    // Asks whether there is a newer one, each time.
    handler.set_header("Cache-Control", "no-cache");
    handler.set_header(
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    handler.set_header("Referrer-Policy", "same-origin");
    handler.set_header("X-Content-Type-Options", "nosniff");
}

void AssetHandler::set_extra_headers(std::string_view /*path*/) {
    set_header("X-Content-Type-Options", "nosniff");
    if (get_query_argument("v", "").empty()) {
        set_header("Cache-Control", "no-cache");
    }
}

void SiteHandler::set_extra_headers(std::string_view /*path*/) {
    set_page_headers(*this);
    if (get_content_type(absolute_path()) == "text/html") {
        static_cast<void>(xsrf_token());  // sets the cookie
    }
}

std::string site_folder(std::string folder, const std::string& first_file) {
    if (folder.empty()) {
        folder = beside_the_program("site");
    }
    if (!std::filesystem::is_regular_file(folder + "/" + first_file)) {
        throw std::runtime_error{"there is no page in " + folder + "; --site names its folder"};
    }
    return std::filesystem::canonical(folder);
}

std::string conversation_folder() {
    const auto folder = beside_the_program("conversation");
    if (!std::filesystem::is_directory(folder)) {
        throw std::runtime_error{"the page needs " + folder + ", which is not there"};
    }
    return std::filesystem::canonical(folder);
}

}  // namespace site
