#pragma once

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
};

/// The folder with the page: `folder`, or `site` beside the program if that is empty. Throws
/// std::runtime_error when there is no page.
[[nodiscard]] std::string site_folder(std::string folder);

/// The address as it stands in a URL.
[[nodiscard]] std::string host_of(const std::string& address);

}  // namespace site
