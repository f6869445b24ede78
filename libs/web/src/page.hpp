#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "template_functions.hpp"
#include "template_objects.hpp"
#include "tornado/template/namespace.hpp"
#include "tornado/web/ui_module.hpp"

namespace tornado::web::detail {

/// What a handler that renders templates needs for them: what they see of it, and the UI modules
/// that are in use.
class Page {
public:
    explicit Page(RequestHandler& handler);
    ~Page();
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;

    [[nodiscard]] templating::Namespace names();
    [[nodiscard]] templating::Namespace ui();

    /// Puts into a page what its UI modules want to be there, as Tornado does. Throws
    /// std::logic_error when there is no place for it.
    void add_resources(std::string& html);
    /// A page follows that tells of an error, with other modules.
    void begin_error_page() noexcept;

private:
    struct Entry;

    /// A module as a function of templates.
    struct Call {
        templating::Value operator()(const templating::Arguments& arguments) const;
        Page* page;
        Entry* entry;
        MeanwhileDo meanwhile;
    };

    /// A name of `ui_modules` that a template has used.
    struct Entry {
        std::string name;
        std::shared_ptr<const UIModuleFactory> factory;
        std::unique_ptr<UIModule> module = nullptr;  ///< null until it is called
        bool active = false;                         ///< the present page has it
        Call directive;                              ///< by `{% module Name() %}`
        Call expression;                             ///< by `{{ modules.Name() }}`
    };

    /// `modules`, and what the directive `module` uses.
    class Modules final : public templating::Object {
    public:
        Modules(Page& page, MeanwhileDo meanwhile) : page_{page}, meanwhile_{meanwhile} {}
        [[nodiscard]] std::string_view type_name() const override { return "modules"; }
        [[nodiscard]] std::optional<templating::Value> attribute(std::string_view name
        ) const override;

    private:
        Page& page_;
        MeanwhileDo meanwhile_;
    };

    [[nodiscard]] Entry* find(std::string_view name);
    [[nodiscard]] templating::Value current_user();

    RequestHandler& handler_;
    HandlerObject handler_object_{handler_};
    RequestObject request_{handler_};
    LocaleObject locale_{handler_};
    XSRFTokenObject xsrf_token_{handler_};
    Translate translate_{&handler_};
    Pgettext pgettext_{&handler_};
    StaticURL static_url_{&handler_};
    ReverseURL reverse_url_{&handler_};
    XSRFFormHTML xsrf_form_html_{&handler_};
    Modules directive_modules_{*this, MeanwhileDo::leave_a_gap};
    Modules expression_modules_{*this, MeanwhileDo::stop};
    std::vector<std::unique_ptr<Entry>> entries_;
    std::vector<UIModule*> active_;  ///< in the order of their first use
    bool answers_error_ = false;
};

}  // namespace tornado::web::detail
