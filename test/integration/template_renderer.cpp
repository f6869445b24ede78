// The counterpart of template_peer.py: renders the same cases with our templates.
//
//     template_renderer [files|compiled]
//
// With `files`, the names of templates begin with the number of their case, and errors come with
// their sentence; with `compiled`, so do the templates that were compiled with this program.
#include <boost/json.hpp>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <tornado/templating.hpp>

namespace {

namespace json = boost::json;
namespace templating = tornado::templating;

std::string text(const json::value& value) {
    return json::value_to<std::string>(value);
}

templating::DictLoader::Texts files_of(const json::object& one, const std::string& folder) {
    templating::DictLoader::Texts files;
    for (const auto& [name, content] : one.at("files").as_object()) {
        files[folder + std::string{name.data(), name.size()}] = text(content);
    }
    return files;
}

json::object
come_to(templating::BaseLoader& loader, const std::string& name, const json::object& given) {
    templating::Namespace names;
    for (const auto& [key, value] : given) {
        names.set({key.data(), key.size()}, templating::Value{std::cref(value)});
    }
    try {
        return {{"output", loader.load(name)->generate(names)}};
    } catch (const templating::ParseError&) {
        return {{"error", "ParseError"}};
    } catch (const templating::Error& error) {
        return {{"error", error.type()}, {"text", error.what()}};
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    const std::string input{std::istreambuf_iterator<char>{std::cin}, {}};
    const auto cases = json::parse(input);
    templating::CompiledLoader compiled{"corpus"};
    json::array results;
    std::size_t number = 0;
    for (const auto& one : cases.as_array()) {
        const auto& parts = one.as_object();
        const auto folder = mode.empty() ? std::string{} : std::to_string(number++) + "/";
        const auto name = folder + text(parts.at("name"));
        const auto& names = parts.at("names").as_object();
        templating::DictLoader loader{files_of(parts, folder)};
        auto result =
            mode == "compiled" ? come_to(compiled, name, names) : come_to(loader, name, names);
        if (mode.empty()) {
            result.erase("text");
        }
        results.push_back(std::move(result));
    }
    std::cout << json::serialize(results);
}
