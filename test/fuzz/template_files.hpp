#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <tornado/templating.hpp>

/// An input as up to three files that may include and extend each other, with NULs between them.
inline tornado::templating::DictLoader::Texts
template_files(std::string_view all, const std::string& first_name) {
    const auto first = std::min(all.find('\0'), all.size());
    const auto second = std::min(all.find('\0', first + 1), all.size());
    return {
        {first_name, std::string{all.substr(0, first)}},
        {"b", std::string{all.substr(std::min(first + 1, all.size()), second - first)}},
        {"c", std::string{all.substr(std::min(second + 1, all.size()))}},
    };
}
