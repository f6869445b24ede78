#include "page.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "async_rendering.hpp"
#include "builtin_modules.hpp"
#include "page_resources.hpp"
#include "tornado/template/error.hpp"
#include "tornado/web/application.hpp"
#include "tornado/web/ui_method.hpp"

namespace tornado::web::detail {

using templating::Namespace;
using templating::Value;

Page::Page(RequestHandler& handler) : handler_{handler} {}

Page::~Page() = default;

Namespace Page::names() {
    Namespace names;
    names.set("handler", std::cref(handler_object_));
    names.set("request", std::cref(request_));
    names.set("current_user", current_user());
    names.set("locale", std::cref(locale_));
    names.set("_", std::cref(translate_));
    names.set("pgettext", std::cref(pgettext_));
    names.set("static_url", std::cref(static_url_));
    names.set("xsrf_form_html", std::cref(xsrf_form_html_));
    names.set("xsrf_token", std::cref(xsrf_token_));
    names.set("reverse_url", std::cref(reverse_url_));
    names.update(ui());
    return names;
}

/// A page that tells of an error is to come even when nobody can be had.
Value Page::current_user() {
    try {
        return user_value(handler_.current_user());
    } catch (...) {
        if (!answers_error_) {
            throw;
        }
        return Value{};
    }
}

Namespace Page::ui() {
    Namespace names;
    for (const auto& [name, binder] : handler_.settings().ui_methods) {
        names.set(name, binder->bind(handler_));
    }
    names.set("_tt_modules", std::cref(directive_modules_));
    names.set("modules", std::cref(expression_modules_));
    return names;
}

Page::Entry* Page::find(std::string_view name) {
    for (const auto& entry : entries_) {
        if (entry->name == name) {
            return entry.get();
        }
    }
    const auto named = [name](const UIModuleClass& module) { return module.name == name; };
    const auto& own = handler_.settings().ui_modules;
    const auto found = std::find_if(own.rbegin(), own.rend(), named);
    const auto& builtin = builtin_modules();
    const auto known = std::find_if(builtin.begin(), builtin.end(), named);
    if (found == own.rend() && known == builtin.end()) {
        return nullptr;
    }
    auto entry = std::make_unique<Entry>();
    entry->name = name;
    entry->factory = found != own.rend() ? found->factory : known->factory;
    entry->directive = {this, entry.get(), MeanwhileDo::leave_a_gap};
    entry->expression = {this, entry.get(), MeanwhileDo::stop};
    return entries_.emplace_back(std::move(entry)).get();
}

std::optional<Value> Page::Modules::attribute(std::string_view name) const {
    const auto* const entry = page_.find(name);
    if (entry == nullptr) {
        throw templating::Error{
            "AttributeError", "there is no UI module '" + std::string{name} + "'"};
    }
    const bool is_directive = meanwhile_ == MeanwhileDo::leave_a_gap;
    return std::cref(is_directive ? entry->directive : entry->expression);
}

Value Page::Call::operator()(const templating::Arguments& arguments) const {
    if (entry->module == nullptr) {
        auto module = entry->factory->make();
        module->handler_ = &page->handler_;
        entry->module = std::move(module);
    }
    if (!std::exchange(entry->active, true)) {
        page->active_.push_back(entry->module.get());
    }
    const CalledWith with{arguments};
    return entry->factory->render(*entry->module, arguments, meanwhile);
}

void Page::begin_error_page() noexcept {
    answers_error_ = true;
    active_.clear();
    for (const auto& entry : entries_) {
        entry->active = false;
    }
}

void Page::add_resources(std::string& html) {
    if (active_.empty()) {
        return;
    }
    PageResources resources;
    for (auto* const module : active_) {
        resources.add(*module);
    }
    resources.insert_into(html, handler_);
}

}  // namespace tornado::web::detail
