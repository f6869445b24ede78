#include "read_file.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>

#include "tornado/locale/error.hpp"
#include "tornado/locale/translations.hpp"

namespace tornado::locale {

Result<std::string> read_file(const std::filesystem::path& path) {
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "rbe")};
    if (file == nullptr) {
        return std::error_code{errno, std::generic_category()};
    }
    std::string bytes;
    char buffer[65536];
    while (const auto count = std::fread(buffer, 1, sizeof buffer, file.get())) {
        bytes.append(buffer, count);
        if (bytes.size() > max_translations_size) {
            return Errc::too_large;
        }
    }
    if (std::ferror(file.get()) != 0) {
        return std::error_code{errno, std::generic_category()};
    }
    return bytes;
}

}  // namespace tornado::locale
