#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <tornado/web.hpp>
#include <utility>

namespace site {

/// A page and what belongs to it. Each visitor gets the XSRF cookie, which the page sends back.
class SiteHandler : public tornado::web::StaticFileHandler {
public:
    explicit SiteHandler(std::string folder)
        : StaticFileHandler{std::move(folder), {.default_filename = "index.html"}} {}

    void set_extra_headers(std::string_view path) override;
    void write_error(int status_code, std::exception_ptr error) override;
};

/// What belongs to rendered pages: files that may be cached for good under the address that
/// static_url() makes, and are asked for anew under any other.
class AssetHandler : public tornado::web::StaticFileHandler {
public:
    using StaticFileHandler::StaticFileHandler;
    void set_extra_headers(std::string_view path) override;
    void write_error(int status_code, std::exception_ptr error) override;
};

/// For paths that lead nowhere: a 404, and its page.
class NoPageHandler : public tornado::web::RequestHandler {
public:
    void prepare() { throw tornado::web::HTTPError{404}; }
    void check_xsrf_cookie() override {}
    void write_error(int status_code, std::exception_ptr error) override;
};

/// Finishes with a page that says what went wrong, and leads back to the beginning.
void finish_with_error_page(tornado::web::RequestHandler& handler, int status_code);

/// The headers of a page that takes nothing from other sites, and lets none have it in a frame.
void set_page_headers(tornado::web::RequestHandler& handler);

/// The folder with the page: `folder`, or `site` beside the program if that is empty. Throws
/// std::runtime_error when there is no page: no `first_file` in it.
[[nodiscard]] std::string
site_folder(std::string folder, const std::string& first_file = "index.html");

/// How long what has begun may take after SIGTERM: the option `drain_timeout`, in seconds. Throws
/// tornado::options::Error for less than 0.
[[nodiscard]] std::chrono::seconds drain_timeout();

/// The folder that all pages with a conversation share: `conversation`, beside the program. Throws
/// std::runtime_error when it is not there.
[[nodiscard]] std::string conversation_folder();

}  // namespace site
