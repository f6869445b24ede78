#include "modules.hpp"

#include <utility>

#include "builtins.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/object.hpp"

namespace tornado::templating::detail {

namespace {

bool exists_in(const Modules& modules, const std::string& name) {
    const auto place = modules.lower_bound(name);
    return place != modules.end() && (place->first == name || place->first.starts_with(name + "."));
}

const Value* member_in(const Modules& modules, const std::string& module, std::string_view member) {
    const auto place = modules.find(module);
    return place != modules.end() ? place->second.find(member) : nullptr;
}

class Module final : public Object {
public:
    Module(std::shared_ptr<const Modules> modules, std::string name)
        : modules_{std::move(modules)},
          name_{std::move(name)} {}

    [[nodiscard]] std::string_view type_name() const override { return "module"; }
    [[nodiscard]] std::optional<Value> attribute(std::string_view name) const override {
        for (const auto* all : {modules_.get(), &default_modules()}) {
            if (const auto* const member = member_in(*all, name_, name)) {
                return *member;
            }
        }
        auto inner = name_ + "." + std::string{name};
        if (exists_in(*modules_, inner) || exists_in(default_modules(), inner)) {
            return Value{std::make_shared<Module>(modules_, std::move(inner))};
        }
        return std::nullopt;
    }
    [[nodiscard]] std::optional<std::string> str() const override {
        return "<module '" + name_ + "'>";
    }

private:
    std::shared_ptr<const Modules> modules_;
    std::string name_;
};

}  // namespace

const Modules& default_modules() {
    static const Modules modules{
        {"datetime", datetime_members()},
        {"tornado.escape", escape_members()},
    };
    return modules;
}

Value import_module(const std::shared_ptr<const Modules>& modules, const std::string& name) {
    if (!exists_in(*modules, name) && !exists_in(default_modules(), name)) {
        throw Error{"ModuleNotFoundError", "No module named '" + name + "'"};
    }
    return std::make_shared<Module>(modules, name);
}

Value import_member(
    const std::shared_ptr<const Modules>& modules,
    const std::string& module,
    const std::string& member
) {
    (void)import_module(modules, module);
    const auto found = Module{modules, module}.attribute(member);
    if (!found) {
        throw Error{"ImportError", "cannot import name '" + member + "' from '" + module + "'"};
    }
    return *found;
}

}  // namespace tornado::templating::detail
