#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tornado/web/async_function.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/web/ui_settings.hpp"

namespace tornado::web {

namespace detail {
class Page;
}

/// A part of pages that brings along what it needs: its own template, and the CSS and JavaScript
/// that the page gets once, however often the module stands in it.
///
/// A class derived from it has `render(...)`, whose parameters are those that the template passes,
/// and which returns HTML, or a Future of it: then the page is rendered by
/// RequestHandler::render_async(), and parameters are values, not references. Templates use it by
/// `{% module Entry(entry) %}`, where `ui_modules` has it by that name.
///
/// Ownership: one object for each name and request, made when it is first used, and kept longer
/// than the handler. Thread safety: as the handler. Mirrors `tornado.web.UIModule`.
///
///     struct EntryModule : web::UIModule {
///         std::string render(const Entry& entry) {
///             return render_string("modules/entry.html", {{"entry", std::cref(entry)}});
///         }
///         std::string embedded_css() override { return ".entry { margin-bottom: 1em; }"; }
///     };
///     .ui_modules = {web::ui_module<EntryModule>("Entry")}
class UIModule {
public:
    UIModule() = default;
    UIModule(const UIModule&) = delete;
    UIModule& operator=(const UIModule&) = delete;
    virtual ~UIModule() = default;

    /// JavaScript for the end of the page's body; empty for none.
    [[nodiscard]] virtual std::string embedded_javascript() { return {}; }
    /// Files to be linked there: URLs, or paths for RequestHandler::static_url().
    [[nodiscard]] virtual std::vector<std::string> javascript_files() { return {}; }
    /// CSS for the page's head; empty for none.
    [[nodiscard]] virtual std::string embedded_css() { return {}; }
    /// Files to be linked there: URLs, or paths for RequestHandler::static_url().
    [[nodiscard]] virtual std::vector<std::string> css_files() { return {}; }
    /// HTML for the end of the page's head; empty for none.
    [[nodiscard]] virtual std::string html_head() { return {}; }
    /// HTML for the end of the page's body; empty for none.
    [[nodiscard]] virtual std::string html_body() { return {}; }

    /// The handler whose page this is.
    [[nodiscard]] RequestHandler& handler() const;
    [[nodiscard]] httputil::HTTPServerRequest& request() const { return handler().request(); }
    [[nodiscard]] const tornado::locale::Locale& locale() const { return handler().locale(); }
    [[nodiscard]] const User& current_user() const { return handler().current_user(); }

    /// As RequestHandler::render_string().
    [[nodiscard]] std::string
    render_string(std::string_view template_name, const templating::Namespace& names = {}) const {
        return handler().render_string(template_name, names);
    }

private:
    friend class detail::Page;
    RequestHandler* handler_ = nullptr;
};

/// What ui_module() may be told about a module.
struct UIModuleOptions {
    /// The names of render()'s parameters, for calls by keyword.
    std::vector<std::string> parameters = {};
};

namespace detail {

/// Makes and calls the modules of one class.
class UIModuleFactory {
public:
    virtual ~UIModuleFactory() = default;
    [[nodiscard]] virtual std::unique_ptr<UIModule> make() const = 0;
    [[nodiscard]] virtual templating::Value render(
        UIModule& module,
        const templating::Arguments& arguments,
        MeanwhileDo meanwhile
    ) const = 0;
};

template <typename M, typename... Args>
class ModuleFactory final : public UIModuleFactory {
public:
    explicit ModuleFactory(UIModuleOptions options, Args... args)
        : options_{std::move(options)},
          args_{std::move(args)...} {
        if (!options_.parameters.empty()) {
            templating::detail::check_names(
                options_.parameters, CallTraits<decltype(&M::render)>::count
            );
        }
    }
    [[nodiscard]] std::unique_ptr<UIModule> make() const override {
        return std::apply(
            [](const Args&... args) { return std::unique_ptr<UIModule>{new M(args...)}; }, args_
        );
    }
    [[nodiscard]] templating::Value render(
        UIModule& module,
        const templating::Arguments& arguments,
        MeanwhileDo meanwhile
    ) const override {
        using Traits = CallTraits<decltype(&M::render)>;
        M& its = static_cast<M&>(module);
        const auto call = [&](auto&&... argument) -> templating::Value {
            if constexpr (concurrent::is_future<typename Traits::Result>) {
                return await_in_template(typeid(M), meanwhile, [&] {
                    return as_template_value(its.render(std::forward<decltype(argument)>(argument
                    )...));
                });
            } else {
                return its.render(std::forward<decltype(argument)>(argument)...);
            }
        };
        const auto function = Traits::with_parameters(std::cref(call));
        if (arguments.keyword_count() == 0 || options_.parameters.empty()) {
            return templating::Value{std::cref(function)}(arguments);
        }
        return templating::Value{templating::named(options_.parameters, function)}(arguments);
    }

private:
    UIModuleOptions options_;
    std::tuple<Args...> args_;
};

}  // namespace detail

/// A class of UI modules, under the name by which templates use it. M is constructed from `args`,
/// which are kept. Throws std::invalid_argument when the options name more or fewer parameters than
/// render() has. Mirrors the setting `ui_modules`.
template <typename M, typename... Args>
[[nodiscard]] UIModuleClass ui_module(std::string name, UIModuleOptions options, Args... args) {
    static_assert(
        std::is_convertible_v<M*, UIModule*>, "a UI module derives publicly from web::UIModule"
    );
    static_assert(
        std::is_constructible_v<M, const Args&...>,
        "the module cannot be constructed from the arguments given to ui_module()"
    );
    static_assert(
        requires { &M::render; },
        "a UI module has one public member function render(), neither overloaded nor a template"
    );
    return {
        std::move(name),
        std::make_shared<detail::ModuleFactory<M, Args...>>(
            std::move(options), std::move(args)...
        )};
}

template <typename M, typename... Args>
requires(!(std::is_same_v<Args, UIModuleOptions> || ...)) [[nodiscard]] UIModuleClass
    ui_module(std::string name, Args... args) {
    return ui_module<M>(std::move(name), UIModuleOptions{}, std::move(args)...);
}

}  // namespace tornado::web
