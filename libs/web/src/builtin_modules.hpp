#pragma once

#include <vector>

#include "tornado/web/ui_settings.hpp"

namespace tornado::web::detail {

/// The UI modules that all applications have: `linkify`, `Template` and `xsrf_form_html`.
[[nodiscard]] const std::vector<UIModuleClass>& builtin_modules();

}  // namespace tornado::web::detail
