#include "template_loaders.hpp"

#include <stdexcept>
#include <utility>

#include "tornado/web/application.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web {

namespace detail {

templating::BaseLoader& TemplateLoaders::of(RequestHandler& handler) {
    auto path = handler.get_template_path();
    const auto known = loaders_.find(path);
    if (known != loaders_.end()) {
        return *known->second;
    }
    auto loader = handler.create_template_loader(path);
    if (loader == nullptr) {
        throw std::logic_error{"create_template_loader() returned no loader"};
    }
    return *(loaders_[std::move(path)] = std::move(loader));
}

void TemplateLoaders::reset() {
    for (const auto& [path, loader] : loaders_) {
        loader->reset();
    }
}

}  // namespace detail

std::string RequestHandler::get_template_path() const {
    return settings().template_path;
}

std::shared_ptr<templating::BaseLoader> RequestHandler::create_template_loader(
    const std::string& template_path
) {
    const auto& its = settings();
    if (its.template_loader != nullptr) {
        return its.template_loader;
    }
    if (template_path.empty()) {
        throw std::logic_error{
            "there are no templates to render: set ApplicationSettings::template_path or "
            "template_loader"};
    }
    return std::make_shared<templating::Loader>(
        template_path,
        templating::LoaderOptions{
            .autoescape = its.autoescape, .whitespace = its.template_whitespace}
    );
}

}  // namespace tornado::web
