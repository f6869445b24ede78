// The counterpart of template_peer.py: renders the same cases with our templates.
#include <boost/json.hpp>
#include <iostream>
#include <iterator>
#include <string>
#include <tornado/templating.hpp>

namespace {

namespace json = boost::json;
namespace templating = tornado::templating;

std::string text(const json::value& value) {
    return json::value_to<std::string>(value);
}

json::object come_to(const json::object& one) {
    templating::DictLoader::Texts files;
    for (const auto& [name, content] : one.at("files").as_object()) {
        files[std::string{name.data(), name.size()}] = text(content);
    }
    templating::Namespace names;
    for (const auto& [name, value] : one.at("names").as_object()) {
        names.set({name.data(), name.size()}, templating::Value{std::cref(value)});
    }
    try {
        templating::DictLoader loader{files};
        return {{"output", loader.load(text(one.at("name")))->generate(names)}};
    } catch (const templating::ParseError&) {
        return {{"error", "ParseError"}};
    } catch (const templating::Error& error) {
        return {{"error", error.type()}};
    }
}

}  // namespace

int main() {
    const std::string input{std::istreambuf_iterator<char>{std::cin}, {}};
    const auto cases = json::parse(input);
    json::array results;
    for (const auto& one : cases.as_array()) {
        results.push_back(come_to(one.as_object()));
    }
    std::cout << json::serialize(results);
}
