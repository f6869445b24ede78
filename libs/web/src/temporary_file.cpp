#include "tornado/web/temporary_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace tornado::web {

namespace {

std::string default_folder() {
    const char* const configured = ::secure_getenv("TMPDIR");
    return configured != nullptr && *configured != '\0' ? configured : "/tmp";
}

}  // namespace

TemporaryFile::TemporaryFile(const std::string& folder)
    : path_{(folder.empty() ? default_folder() : folder) + "/tornado-XXXXXX"},
      descriptor_{::mkostemp(path_.data(), O_CLOEXEC)} {
    if (descriptor_ < 0) {
        throw std::system_error{errno, std::system_category(), "cannot make the file " + path_};
    }
}

TemporaryFile::~TemporaryFile() {
    if (!kept_) {
        ::unlink(path_.c_str());
    }
    close();
}

int TemporaryFile::fileno() {
    if (descriptor_ < 0) {
        descriptor_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    }
    if (descriptor_ < 0) {
        throw std::system_error{errno, std::system_category(), "cannot open " + path_};
    }
    return descriptor_;
}

void TemporaryFile::close() noexcept {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

void TemporaryFile::append(std::string_view data) {
    while (!data.empty()) {
        const auto written =
            ::pwrite(fileno(), data.data(), data.size(), static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            throw std::system_error{errno, std::system_category(), "cannot write to " + path_};
        }
        data.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::uint64_t>(written);
    }
}

void TemporaryFile::move_to(const std::string& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) {
        throw std::system_error{
            errno, std::system_category(), "cannot move " + path_ + " to " + path};
    }
    path_ = path;
    kept_ = true;
}

}  // namespace tornado::web
