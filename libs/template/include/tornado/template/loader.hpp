#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/template/namespace.hpp"
#include "tornado/template/template.hpp"

namespace tornado::templating {

namespace compiled {
class CompiledTemplate;
}

namespace detail {
class Linker;
class LoaderState;
struct File;
}  // namespace detail

/// What the templates of a loader have in common.
struct LoaderOptions {
    /// Whether load() looks if a file has changed, and compiles it again; for debugging.
    bool auto_reload = false;
    /// The function that escapes what `{{ }}` prints; "None" or empty for none. A file may say
    /// otherwise by `{% autoescape %}`.
    std::string autoescape = "xhtml_escape";
    /// Names for all templates, which those given to generate() hide.
    Namespace names = {};
    /// The white space mode; empty to go by each file's name: see filter_whitespace().
    std::string whitespace = "";
};

/// Finds templates by name, and keeps them compiled.
///
/// Names are paths with slashes. In `{% include %}` and `{% extends %}` they are relative to the
/// file that names them. A name that leads out of the root, as `../x` and `/x` do, is refused.
///
/// Thread safety: all may be called from several threads. Mirrors `tornado.template.BaseLoader`.
class BaseLoader {
public:
    /// Throws std::invalid_argument for an unknown white space mode.
    explicit BaseLoader(LoaderOptions options = {});
    virtual ~BaseLoader();
    BaseLoader(const BaseLoader&) = delete;
    BaseLoader& operator=(const BaseLoader&) = delete;

    /// The template of this name; of one relative to `parent_path`, the name of another template.
    /// It is compiled when it is asked for the first time, and then shared. Throws ParseError when
    /// there is no such template, or something is wrong with it or with a file that it includes;
    /// std::system_error when a file is there and cannot be opened.
    [[nodiscard]] std::shared_ptr<const Template>
    load(std::string_view name, std::string_view parent_path = {});

    /// Forgets all templates, so that they are compiled again.
    void reset();

    /// Offers a module of functions and values to `{% import name %}` and
    /// `{% from name import member %}`. Templates that are loaded already do not see it.
    void register_module(const std::string& name, Namespace members);

    /// A name as the root has it. Throws ParseError when it leads out of the root.
    [[nodiscard]] std::string resolve_path(std::string_view name, std::string_view parent_path = {})
        const;

protected:
    /// A template's text, and what changes when the text does.
    struct Source {
        std::string text;
        std::string version;
    };
    /// Reads a template by its resolved name; called with the loader locked. Throws ParseError when
    /// there is none: not_found().
    [[nodiscard]] virtual Source read(const std::string& name) = 0;
    /// The present version of a template, without reading it; asked for when `auto_reload` is on.
    [[nodiscard]] virtual std::string version(const std::string& name) = 0;
    /// The template of a resolved name, if it was compiled with the program; it is then not read.
    [[nodiscard]] virtual const compiled::CompiledTemplate* find_compiled(const std::string& name);

    [[noreturn]] static void not_found(const std::string& name);

private:
    friend class detail::Linker;
    friend class Template;

    [[nodiscard]] std::shared_ptr<const detail::File> load_file(const std::string& name);
    [[nodiscard]] bool is_current(std::string_view name);

    std::unique_ptr<detail::LoaderState> state_;
};

/// Loads templates from the files under one folder. Mirrors `tornado.template.Loader`.
class Loader : public BaseLoader {
public:
    explicit Loader(std::string root_directory, LoaderOptions options = {});

protected:
    [[nodiscard]] Source read(const std::string& name) override;
    [[nodiscard]] std::string version(const std::string& name) override;

private:
    std::string root_;
};

/// Loads templates from texts in memory. Mirrors `tornado.template.DictLoader`.
class DictLoader : public BaseLoader {
public:
    using Texts = std::map<std::string, std::string>;
    explicit DictLoader(Texts texts, LoaderOptions options = {});

protected:
    [[nodiscard]] Source read(const std::string& name) override;
    [[nodiscard]] std::string version(const std::string& name) override;

private:
    Texts texts_;
};

}  // namespace tornado::templating
