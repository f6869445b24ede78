#include "builtin_modules.hpp"

#include "template_module.hpp"
#include "tornado/template/template.hpp"

namespace tornado::web::detail {

using templating::Arguments;
using templating::Value;

namespace {

/// `linkify` of the template language, of which the result is not escaped.
class LinkifyModule final : public UIModule {
public:
    [[nodiscard]] std::string render(const Arguments& arguments) {
        static const templating::Template linked{"{% raw linkify(*values, **names) %}"};
        std::vector<std::pair<Value, Value>> names;
        for (std::size_t i = 0; i < arguments.keyword_count(); ++i) {
            names.emplace_back(arguments.keyword(i).first, arguments.keyword(i).second);
        }
        std::vector<Value> values{arguments.begin(), arguments.end()};
        return linked.generate(
            {{"values", Value::list(std::move(values))}, {"names", Value::dict(std::move(names))}}
        );
    }
};

class XSRFFormHTMLModule final : public UIModule {
public:
    [[nodiscard]] std::string render() { return handler().xsrf_form_html(); }
};

}  // namespace

const std::vector<UIModuleClass>& builtin_modules() {
    static const std::vector<UIModuleClass> modules{
        ui_module<LinkifyModule>("linkify"),
        ui_module<TemplateModule>("Template"),
        ui_module<XSRFFormHTMLModule>("xsrf_form_html")};
    return modules;
}

}  // namespace tornado::web::detail
