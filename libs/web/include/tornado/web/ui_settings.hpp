#pragma once

#include <memory>
#include <string>

namespace tornado::web {

namespace detail {
class UIMethodBinder;
class UIModuleFactory;
}  // namespace detail

/// A function of the handler for templates, for ApplicationSettings::ui_methods. Made by
/// ui_method(), in <tornado/web/templates.hpp>.
struct UIMethod {
    std::string name;
    std::shared_ptr<const detail::UIMethodBinder> binder;
};

/// A class of UI modules, for ApplicationSettings::ui_modules. Made by ui_module(), in
/// <tornado/web/templates.hpp>.
struct UIModuleClass {
    std::string name;
    std::shared_ptr<const detail::UIModuleFactory> factory;
};

}  // namespace tornado::web
