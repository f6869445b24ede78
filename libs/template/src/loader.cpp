#include "tornado/template/loader.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "linker.hpp"
#include "loader_state.hpp"
#include "tornado/template/error.hpp"
#include "tornado/util/absolute_path.hpp"
#include "whitespace.hpp"

namespace tornado::templating {

namespace {

/// Takes the path's parts one after the other; false when they lead above the root.
bool walk(std::string_view path, std::vector<std::string_view>& parts) {
    while (!path.empty()) {
        const auto slash = std::min(path.find('/'), path.size());
        const auto part = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (part == "..") {
            if (parts.empty()) {
                return false;
            }
            parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
    }
    return true;
}

}  // namespace

namespace detail {

std::optional<std::string> escape_function(const std::string& name) {
    return name.empty() || name == "None" ? std::nullopt : std::optional{name};
}

}  // namespace detail

BaseLoader::BaseLoader(LoaderOptions options) : state_{std::make_unique<detail::LoaderState>()} {
    if (!options.whitespace.empty() && !detail::is_whitespace_mode(options.whitespace)) {
        throw std::invalid_argument{
            "invalid whitespace mode " + options.whitespace + ": say all, single or oneline"};
    }
    state_->names = std::make_shared<Namespace>(std::move(options.names));
    state_->options = std::move(options);
}

BaseLoader::~BaseLoader() = default;

void BaseLoader::not_found(const std::string& name) {
    throw ParseError{"there is no template " + name, name};
}

std::string BaseLoader::resolve_path(std::string_view name, std::string_view parent_path) const {
    std::vector<std::string_view> parts;
    const bool relative = !parent_path.empty() && parent_path[0] != '<' && parent_path[0] != '/';
    const auto slash = relative ? parent_path.rfind('/') : parent_path.npos;
    const auto folder =
        slash == parent_path.npos ? std::string_view{} : parent_path.substr(0, slash);
    const bool is_bad = name.empty() || name[0] == '/' || name.find('\0') != name.npos;
    if (is_bad || !walk(folder, parts) || !walk(name, parts) || parts.empty()) {
        const auto shown = name.substr(0, name.find('\0'));
        throw ParseError{
            "the path " + std::string{shown} + " leads out of the templates' folder",
            std::string{shown}};
    }
    std::string path;
    for (const auto part : parts) {
        path.append(path.empty() ? "" : "/").append(part);
    }
    return path;
}

const compiled::CompiledTemplate* BaseLoader::find_compiled(const std::string&) {
    return nullptr;
}

std::shared_ptr<const detail::File> BaseLoader::load_file(const std::string& name) {
    const auto known = state_->files.find(name);
    if (known != state_->files.end() &&
        (!state_->options.auto_reload || version(name) == known->second.version)) {
        return known->second.file;
    }
    auto [text, version] = read(name);
    const auto& options = state_->options;
    const std::string_view whitespace = options.whitespace.empty()
                                            ? detail::default_whitespace(name)
                                            : std::string_view{options.whitespace};
    auto file = std::make_shared<const detail::File>(
        detail::parse_file(text, name, whitespace, detail::escape_function(options.autoescape))
    );
    state_->files[name] = {file, std::move(version)};
    return file;
}

/// Whether a compiled template and all its files are as they were.
bool BaseLoader::is_current(std::string_view name) {
    const auto known = state_->templates.find(name);
    if (known == state_->templates.end()) {
        return false;
    }
    const auto& versions = known->second.versions;
    return !state_->options.auto_reload ||
           std::all_of(versions.begin(), versions.end(), [this](const auto& file) {
               return version(file.first) == file.second;
           });
}

std::shared_ptr<const Template>
BaseLoader::load(std::string_view name, std::string_view parent_path) {
    const auto path = resolve_path(name, parent_path);
    const std::lock_guard lock{state_->mutex};
    if (!is_current(path)) {
        detail::Linker linker{this};
        detail::LoaderState::Ready ready;
        if (const auto* const compiled = find_compiled(path)) {
            auto program = detail::new_program(path, state_.get());
            program->compiled = compiled;
            ready.made = std::make_shared<const Template>(std::move(program));
        } else {
            ready.made = std::make_shared<const Template>(linker.link(load_file(path)));
            for (const auto& file : linker.files()) {
                ready.versions.emplace_back(file, state_->files[file].version);
            }
        }
        state_->templates[path] = std::move(ready);
    }
    return state_->templates[path].made;
}

void BaseLoader::reset() {
    const std::lock_guard lock{state_->mutex};
    state_->files.clear();
    state_->templates.clear();
}

void BaseLoader::register_module(const std::string& name, Namespace members) {
    const std::lock_guard lock{state_->mutex};
    auto changed = std::make_shared<detail::Modules>(*state_->modules);
    (*changed)[name] = std::move(members);
    state_->modules = std::move(changed);
}

Loader::Loader(std::string root_directory, LoaderOptions options)
    : BaseLoader{std::move(options)},
      root_{util::absolute_path(root_directory.empty() ? "." : root_directory)} {}

BaseLoader::Source Loader::read(const std::string& name) {
    auto stamp = version(name);
    const auto path = root_ + "/" + name;
    std::ifstream file{path, std::ios::binary};
    if (stamp.empty() || (!file && errno == ENOENT)) {
        not_found(name);
    }
    if (!file) {
        throw std::system_error{errno, std::generic_category(), path};
    }
    return {{std::istreambuf_iterator<char>{file}, {}}, std::move(stamp)};
}

/// Empty when there is no such file.
std::string Loader::version(const std::string& name) {
    struct ::stat status {};
    if (::stat((root_ + "/" + name).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return {};
    }
    return std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) +
           "/" + std::to_string(status.st_ino) + "/" + std::to_string(status.st_size);
}

DictLoader::DictLoader(Texts texts, LoaderOptions options)
    : BaseLoader{std::move(options)},
      texts_{std::move(texts)} {}

BaseLoader::Source DictLoader::read(const std::string& name) {
    const auto text = texts_.find(name);
    if (text == texts_.end()) {
        not_found(name);
    }
    return {text->second, {}};
}

std::string DictLoader::version(const std::string&) {
    return {};
}

}  // namespace tornado::templating
