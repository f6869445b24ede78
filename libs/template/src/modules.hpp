#pragma once

#include <map>
#include <memory>
#include <string>

#include "tornado/template/namespace.hpp"

namespace tornado::templating::detail {

/// The modules that templates can import, by their full names.
using Modules = std::map<std::string, Namespace, std::less<>>;

/// Those that are always there.
[[nodiscard]] const Modules& default_modules();

/// The module itself. Throws Error (ModuleNotFoundError) when there is none.
[[nodiscard]] Value
import_module(const std::shared_ptr<const Modules>& modules, const std::string& name);

/// A member of a module. Throws Error (ImportError) when there is none.
[[nodiscard]] Value import_member(
    const std::shared_ptr<const Modules>& modules,
    const std::string& module,
    const std::string& member
);

}  // namespace tornado::templating::detail
