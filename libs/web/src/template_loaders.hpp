#pragma once

#include <map>
#include <memory>
#include <string>

#include "tornado/template/loader.hpp"

namespace tornado::web {

class RequestHandler;

namespace detail {

/// What finds an application's templates, by the folder they are in. Mirrors
/// `RequestHandler._template_loaders`.
class TemplateLoaders {
public:
    /// The one for the handler's get_template_path(). Made by the first that asks.
    [[nodiscard]] templating::BaseLoader& of(RequestHandler& handler);
    /// Has all templates compiled again.
    void reset();

private:
    std::map<std::string, std::shared_ptr<templating::BaseLoader>> loaders_;
};

}  // namespace detail
}  // namespace tornado::web
