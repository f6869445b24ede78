#pragma once

#include <functional>
#include <string>
#include <tornado/template/error.hpp>
#include <tornado/template/template.hpp>

using namespace tornado::templating;

inline std::string render(const std::string& text, const Namespace& names = {}) {
    return Template{text}.generate(names);
}

/// What `what()` says of the error.
inline std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    } catch (const ParseError& error) {
        return error.what();
    }
    return "no error";
}
