#pragma once

#include <tornado/web.hpp>
#include <vector>

/// What tornado_web_handlers.py has for templates.
std::vector<tornado::web::Route> template_routes();
std::vector<tornado::web::UIMethod> ui_methods();
std::vector<tornado::web::UIModuleClass> ui_modules();
