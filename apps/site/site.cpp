#include "site.hpp"

#include <tornado/options.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace site {

namespace {

std::string beside_the_program(const std::string& name) {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

/// A page that needs no other file: what a site has under this path is unknown here.
constexpr std::string_view error_page_head = R"(<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
  <meta name="color-scheme" content="light dark">
  <style>
    :root { color-scheme: light dark; --page: #eceef3; --surface: #fff; --text: #1c2030; --faint: #5b6277; --link: #0b5cad; }
    @media (prefers-color-scheme: dark) {
      :root { --page: #10131a; --surface: #1a1e28; --text: #eceef6; --faint: #a2a9be; --link: #8fc1ff; }
    }
    body {
      display: grid; place-items: center; box-sizing: border-box; min-height: 100vh; min-height: 100dvh; margin: 0; padding: 16px;
      background: var(--page); color: var(--text);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    }
    main { max-width: 420px; padding: 40px 32px; border-radius: 20px; background: var(--surface); text-align: center; }
    .status { margin: 0; color: var(--faint); font-size: 3rem; font-weight: 700; line-height: 1.1; }
    h1 { margin: 12px 0 0; font-size: 1.375rem; line-height: 1.3; }
    p { margin: 8px 0 0; color: var(--faint); }
    a { display: inline-block; margin-top: 12px; padding: 10px 16px; border-radius: 12px; color: var(--link); font-weight: 600; }
    a:focus-visible { outline: 3px solid var(--link); }
  </style>
)";

std::pair<std::string_view, std::string_view> sentences(int status_code) {
    switch (status_code) {
        case 403:
            return {"That is not allowed", "Nobody may look at this."};
        case 404:
            return {"There is nothing here", "The address may be mistyped, or old."};
        case 405:
            return {
                "That cannot be done here",
                "There is something under this address, but not for this."};
        default:
            return {"Something went wrong", "Please try again."};
    }
}

}  // namespace

void finish_with_error_page(tornado::web::RequestHandler& handler, int status_code) {
    const auto [what, why] = sentences(status_code);
    const auto status = std::to_string(status_code);
    handler.set_header(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    );
    handler.set_header("X-Content-Type-Options", "nosniff");
    std::string page{error_page_head};
    page.append("  <title>").append(what).append("</title>\n</head>\n<body>\n  <main>\n");
    page.append("    <p class=\"status\" aria-hidden=\"true\">").append(status).append("</p>\n");
    page.append("    <h1>").append(what).append("</h1>\n    <p>").append(why).append("</p>\n");
    page.append("    <a href=\"/\">Back to the beginning</a>\n  </main>\n</body>\n</html>\n");
    handler.finish(page);
}

void NoPageHandler::write_error(int status_code, std::exception_ptr /*error*/) {
    finish_with_error_page(*this, status_code);
}

void SiteHandler::write_error(int status_code, std::exception_ptr /*error*/) {
    finish_with_error_page(*this, status_code);
}

void AssetHandler::write_error(int status_code, std::exception_ptr /*error*/) {
    finish_with_error_page(*this, status_code);
}

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

std::chrono::seconds drain_timeout() {
    const auto seconds = tornado::options::get<int>("drain_timeout");
    if (seconds < 0) {
        throw tornado::options::Error{
            "--drain-timeout is not less than 0, as is " + std::to_string(seconds)};
    }
    return std::chrono::seconds{seconds};
}

std::string conversation_folder() {
    const auto folder = beside_the_program("conversation");
    if (!std::filesystem::is_directory(folder)) {
        throw std::runtime_error{"the page needs " + folder + ", which is not there"};
    }
    return std::filesystem::canonical(folder);
}

}  // namespace site
