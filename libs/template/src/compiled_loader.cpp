#include "tornado/template/compiled_loader.hpp"

#include <stdexcept>
#include <utility>

#include "tornado/template/compiled/frame.hpp"

namespace tornado::templating {

namespace compiled {

namespace {

const CompiledTemplate* first = nullptr;  // filled before main(), or while a library is loaded

}  // namespace

CompiledTemplate::CompiledTemplate(
    std::string_view of_set,
    std::string_view of_name,
    const Context* of_contexts,
    void (*function)(Frame&, Writer&)
) noexcept
    : set{of_set},
      name{of_name},
      contexts{of_contexts},
      run{function},
      next_{std::exchange(first, this)} {}

const CompiledTemplate*
CompiledTemplate::find(std::string_view set, std::string_view name) noexcept {
    const auto* looked = first;
    while (looked != nullptr && (looked->name != name || looked->set != set)) {
        looked = looked->next_;
    }
    return looked;
}

bool CompiledTemplate::has_set(std::string_view set) noexcept {
    const auto* looked = first;
    while (looked != nullptr && looked->set != set) {
        looked = looked->next_;
    }
    return looked != nullptr;
}

const CompiledTemplate* CompiledTemplate::find_double(std::string_view set) noexcept {
    const auto* looked = first;
    while (looked != nullptr && (looked->set != set || find(set, looked->name) == looked)) {
        looked = looked->next_;  // find() gives the first of that name
    }
    return looked;
}

}  // namespace compiled

CompiledLoader::CompiledLoader(std::string set, Namespace names)
    : BaseLoader{LoaderOptions{.names = std::move(names)}},
      set_{std::move(set)} {
    if (!compiled::CompiledTemplate::has_set(set_)) {
        throw std::invalid_argument{
            "no templates of the set " + set_ +
            " are linked in: name the target that tornado_add_templates() has them for"};
    }
    if (const auto* const twice = compiled::CompiledTemplate::find_double(set_)) {
        throw std::invalid_argument{
            "two templates " + std::string{twice->name} + " of the set " + set_ +
            " are linked in: give the target of one of them another SET"};
    }
}

const compiled::CompiledTemplate* CompiledLoader::find_compiled(const std::string& name) {
    return compiled::CompiledTemplate::find(set_, name);
}

BaseLoader::Source CompiledLoader::read(const std::string& name) {
    not_found(name);
}

std::string CompiledLoader::version(const std::string&) {
    return {};
}

}  // namespace tornado::templating
