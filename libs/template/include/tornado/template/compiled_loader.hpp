#pragma once

#include "tornado/template/loader.hpp"

namespace tornado::templating {

/// Has the templates that tornado_add_templates() compiled with the program; no file is needed when
/// it runs. They render as the files would, and are found by the same names.
///
///     tornado_add_templates(blog FOLDER templates NAMES "entry=blog::Entry" HEADERS entry.hpp)
///
///     templating::CompiledLoader loader{"blog"};
///     loader.load("entry.html")->generate({{"entry", std::cref(entry)}});
///
/// How they escape and treat white space was said when they were compiled; nothing is ever
/// reloaded.
class CompiledLoader : public BaseLoader {
public:
    /// `set` is the name of the CMake target, or what it says as SET; `names` are known to all
    /// templates. Throws std::invalid_argument when no templates of that set are linked in, or two
    /// of one name: two targets then have the same name. Templates are there from main() on: a
    /// loader that is a global object would come too early.
    explicit CompiledLoader(std::string set, Namespace names = {});

protected:
    [[nodiscard]] Source read(const std::string& name) override;
    [[nodiscard]] std::string version(const std::string& name) override;
    [[nodiscard]] const compiled::CompiledTemplate* find_compiled(const std::string& name) override;

private:
    std::string set_;
};

}  // namespace tornado::templating
