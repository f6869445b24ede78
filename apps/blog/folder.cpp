#include "folder.hpp"

#include <tornado/escape.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace blog {

namespace {

[[noreturn]] void fail(const std::string& path) {
    throw std::system_error{errno, std::generic_category(), "cannot make " + path};
}

}  // namespace

std::string url_of_file(const std::string& folder, const std::string& name) {
    const std::filesystem::path path{folder};
    if (!std::filesystem::exists(path)) {
        if (path.has_parent_path() && path.has_filename()) {
            std::filesystem::create_directories(path.parent_path());
        }
        if (::mkdir(folder.c_str(), 0700) != 0) {
            fail(folder);
        }
    }
    const auto file = (path / name).string();
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        fail(file);
    }
    ::close(descriptor);
    return "sqlite:" + tornado::escape::url_escape(file, false);
}

}  // namespace blog
