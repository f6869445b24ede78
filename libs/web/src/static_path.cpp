#include "static_path.hpp"

#include <vector>

namespace tornado::web {

bool is_normalized(std::string_view path) noexcept {
    auto rest = path.substr(path.starts_with('/') ? 1 : 0);
    while (!rest.empty()) {
        const auto slash = rest.find('/');
        const auto part = rest.substr(0, slash);
        if (part.empty() || part == "." || part == ".." || slash + 1 == rest.size()) {
            return false;
        }
        rest.remove_prefix(slash == rest.npos ? rest.size() : slash + 1);
    }
    return !path.empty();
}

std::string normalized_path(std::string_view path) {
    if (is_normalized(path)) {
        return std::string{path};
    }
    const bool is_absolute = path.starts_with('/');
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto part = path.substr(0, slash);
        path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
        if (part.empty() || part == ".") {
            continue;
        }
        if (part != ".." || (parts.empty() ? !is_absolute : parts.back() == "..")) {
            parts.push_back(part);
        } else if (!parts.empty()) {
            parts.pop_back();
        }
    }
    std::string text{is_absolute ? "/" : ""};
    for (const auto part : parts) {
        text.append(text.empty() || text.ends_with('/') ? "" : "/").append(part);
    }
    return text.empty() ? "." : text;
}

std::string joined_path(std::string_view root, std::string_view path) {
    if (path.starts_with('/')) {
        return normalized_path(path);
    }
    std::string joined;
    joined.reserve(root.size() + 1 + path.size());
    joined.append(root).append(root.ends_with('/') ? "" : "/").append(path);
    if (is_normalized(joined)) {
        return joined;
    }
    return normalized_path(joined);
}

bool is_of_folder(std::string_view path) noexcept {
    const auto last = path.substr(path.rfind('/') + 1);  // all of it when there is no slash
    return last.empty() || last == "." || last == "..";
}

bool is_inside(std::string_view root, std::string_view path) noexcept {
    if (root == "/" || path == root) {
        return true;
    }
    if (root != ".") {
        if (!path.starts_with(root) || path[root.size()] != '/') {
            return false;
        }
        path.remove_prefix(root.size() + 1);
    }
    return !path.starts_with('/') && path != ".." && !path.starts_with("../");  // above ".."
}

}  // namespace tornado::web
