#include "template_module.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tornado/template/error.hpp"

namespace tornado::web::detail {

using templating::Arguments;
using templating::Error;
using templating::Kind;
using templating::Value;

namespace {

constexpr std::array<std::string_view, 6> kinds{
    "embedded_javascript",
    "javascript_files",
    "embedded_css",
    "css_files",
    "html_head",
    "html_body"};

std::string joined(const std::vector<std::string>& pieces, std::string_view between) {
    std::string text;
    for (const auto& piece : pieces) {
        text.append(text.empty() ? "" : between).append(piece);
    }
    return text;
}

}  // namespace

std::string TemplateModule::render(const Arguments& arguments) {
    Arguments{arguments.begin(), arguments.size()}.check(1, 1);
    const auto path = arguments[0].as<std::string>();
    const auto set = [&](const Arguments& given) {
        set_resources(path, given);
        return "";
    };
    templating::Namespace names{{"set_resources", std::cref(set)}};
    for (std::size_t i = 0; i < arguments.keyword_count(); ++i) {
        names.set(arguments.keyword(i).first, arguments.keyword(i).second);
    }
    return render_string(path, names);
}

void TemplateModule::set_resources(const std::string& path, const Arguments& arguments) {
    Arguments{arguments.begin(), arguments.size()}.check(0, 0);
    Resources given;
    for (std::size_t i = 0; i < arguments.keyword_count(); ++i) {
        const auto& [kind, value] = arguments.keyword(i);
        if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
            throw Error{"TypeError", "set_resources() has no argument '" + std::string{kind} + "'"};
        }
        given[std::string{kind}] =
            value.kind() == Kind::string ? Pieces{value.as<std::string>()} : value.as<Pieces>();
    }
    const auto known = std::find_if(resources_.begin(), resources_.end(), [&](const auto& of) {
        return of.first == path;
    });
    if (known == resources_.end()) {
        resources_.emplace_back(path, std::move(given));
    } else if (known->second != given) {
        throw Error{
            "ValueError", "set_resources called with different resources for the same template"};
    }
}

TemplateModule::Pieces TemplateModule::all(std::string_view kind) const {
    Pieces pieces;
    for (const auto& [path, resources] : resources_) {
        if (const auto found = resources.find(kind); found != resources.end()) {
            pieces.insert(pieces.end(), found->second.begin(), found->second.end());
        }
    }
    return pieces;
}

std::string TemplateModule::embedded_javascript() {
    return joined(all("embedded_javascript"), "\n");
}
std::vector<std::string> TemplateModule::javascript_files() {
    return all("javascript_files");
}
std::string TemplateModule::embedded_css() {
    return joined(all("embedded_css"), "\n");
}
std::vector<std::string> TemplateModule::css_files() {
    return all("css_files");
}
std::string TemplateModule::html_head() {
    return joined(all("html_head"), "");
}
std::string TemplateModule::html_body() {
    return joined(all("html_body"), "");
}

}  // namespace tornado::web::detail
