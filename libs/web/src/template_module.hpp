#pragma once

#include <map>
#include <string>
#include <vector>

#include "tornado/web/ui_module.hpp"

namespace tornado::web::detail {

/// `{% module Template("entry.html", entry=entry) %}`: a template with names of its own, which may
/// call `set_resources(embedded_css=…, …)` for what a UI module has as functions. The page gets it
/// once for each template, in which it must be the same each time. Mirrors
/// `tornado.web.TemplateModule`.
class TemplateModule final : public UIModule {
public:
    [[nodiscard]] std::string render(const templating::Arguments& arguments);

    [[nodiscard]] std::string embedded_javascript() override;
    [[nodiscard]] std::vector<std::string> javascript_files() override;
    [[nodiscard]] std::string embedded_css() override;
    [[nodiscard]] std::vector<std::string> css_files() override;
    [[nodiscard]] std::string html_head() override;
    [[nodiscard]] std::string html_body() override;

private:
    using Pieces = std::vector<std::string>;
    using Resources = std::map<std::string, Pieces, std::less<>>;

    void set_resources(const std::string& path, const templating::Arguments& arguments);
    [[nodiscard]] Pieces all(std::string_view kind) const;

    std::vector<std::pair<std::string, Resources>> resources_;  ///< of templates, by their path
};

}  // namespace tornado::web::detail
