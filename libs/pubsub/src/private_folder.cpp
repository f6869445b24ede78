#include "tornado/pubsub/private_folder.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace tornado::pubsub {

PrivateFolder::PrivateFolder() : maker_{::getpid()} {
    std::error_code error;
    const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
    const bool has_runtime = runtime != nullptr && std::filesystem::is_directory(runtime, error);
    path_ = has_runtime ? std::string{runtime} : std::filesystem::temp_directory_path().string();
    path_ += "/tornado-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) {
        throw std::system_error{errno, std::system_category(), "mkdtemp " + path_};
    }
}

PrivateFolder::~PrivateFolder() {
    if (::getpid() == maker_) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
}

}  // namespace tornado::pubsub
