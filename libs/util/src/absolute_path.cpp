#include "tornado/util/absolute_path.hpp"

#include <filesystem>
#include <system_error>

namespace tornado::util {

std::string absolute_path(const std::string& path) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(path, error);
    return error ? path : absolute.string();
}

}  // namespace tornado::util
