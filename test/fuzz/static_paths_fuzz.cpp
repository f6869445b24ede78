// Any bytes as the path of a static file, once decoded, and the first line as the folder that it is
// served from: whatever it is, it leads to no file outside.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "static_path.hpp"
#include "support.hpp"

namespace {

namespace web = tornado::web;

/// Whether one of the path's parts is that.
bool has_part(std::string_view path, std::string_view wanted) {
    while (true) {
        const auto slash = path.find('/');
        if (path.substr(0, slash) == wanted) {
            return true;
        }
        if (slash == path.npos) {
            return false;
        }
        path.remove_prefix(slash + 1);
    }
}

/// The same by the standard library, which keeps a slash at the end.
std::string normalized_by_others(std::string_view path) {
    auto text = std::filesystem::path{path}.lexically_normal().string();
    while (text.size() > 1 && text.ends_with('/')) {
        text.pop_back();
    }
    return text.empty() ? "." : text;
}

void check_normalized(std::string_view path) {
    const auto normal = web::normalized_path(path);
    require(normal == normalized_by_others(path), "the standard library says the same");
    require(web::normalized_path(normal) == normal, "what is normalized stays so");
    require(normal.starts_with('/') == path.starts_with('/'), "absolute paths stay so");
}

void check_served(std::string_view folder, std::string_view path) {
    const auto root = web::normalized_path(folder);
    const auto file = web::joined_path(folder, path);
    if (!web::is_inside(root, file)) {
        const bool is_plain = !path.starts_with('/') && !has_part(path, "..") && !folder.empty();
        require(!is_plain, "what goes nowhere up is inside");
        return;
    }
    std::string_view rest = file;
    if (root != "/" && root != "." && rest != root) {
        require(rest.starts_with(root + "/"), "a file inside begins with the folder");
        rest.remove_prefix(root.size() + 1);
    } else if (root == ".") {
        require(!rest.starts_with('/'), "a file inside a relative folder is relative");
    }
    require(rest == root || !has_part(rest, ".."), "and goes nowhere up behind it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto end = input.find('\n');
    const auto path = end == input.npos ? input : input.substr(end + 1);
    check_normalized(path);
    if (end != input.npos) {
        check_served(input.substr(0, end), path);
    }
    for (const std::string_view folder : {"/srv/www", "/", ".", "a/b/", "..", "../.."}) {
        check_served(folder, path);
    }
    return 0;
}
