// Each of these must be refused by the compiler, with a sentence that says why: see CMakeLists.txt.
#include <tornado/web.hpp>
#include <tornado/web/templates.hpp>

#include <string>
#include <string_view>

namespace web = tornado::web;
using tornado::Future;

#if defined(MODULE_WITH_REFERENCE)
struct Module : web::UIModule {
    Future<std::string> render(const std::string& name) { co_return name; }
};
#elif defined(MODULE_WITH_VIEW)
struct Module : web::UIModule {
    Future<std::string> render(std::string_view name) { co_return std::string{name}; }
};
#else
struct Module : web::UIModule {
    Future<std::string> render(std::string name) { co_return name; }
};
#endif

web::UIModuleClass module() {
    return web::ui_module<Module>("Module");
}
