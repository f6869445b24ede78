#include "whole_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace blog {

namespace {

[[noreturn]] void fail(const char* verb, const std::string& path) {
    throw std::system_error{
        errno, std::generic_category(), std::string{"cannot "} + verb + " " + path};
}

class Descriptor {
public:
    Descriptor(const std::string& path, int flags) : number_{::open(path.c_str(), flags, 0600)} {
        if (number_ < 0) {
            fail("open", path);
        }
    }
    ~Descriptor() { ::close(number_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const noexcept { return number_; }

private:
    int number_;
};

void write_all(int file, const std::string& text, const std::string& path) {
    for (std::size_t done = 0; done < text.size();) {
        const auto count = ::write(file, text.data() + done, text.size() - done);
        if (count < 0 && errno != EINTR) {
            fail("write", path);
        }
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    if (::fsync(file) != 0) {
        fail("write", path);
    }
}

}  // namespace

std::string read_whole_file(const std::string& path) {
    const Descriptor file{path, O_RDONLY | O_CLOEXEC};
    std::string text;
    for (std::array<char, 16384> buffer;;) {
        const auto count = ::read(file.number(), buffer.data(), buffer.size());
        if (count < 0 && errno != EINTR) {
            fail("read", path);
        }
        if (count == 0) {
            return text;
        }
        text.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

void write_whole_file(const std::string& path, const std::string& text) {
    const auto beside = path + ".new";
    {
        const Descriptor file{beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC};
        write_all(file.number(), text, beside);
    }
    if (std::rename(beside.c_str(), path.c_str()) != 0) {
        fail("rename", beside);
    }
    const auto folder = std::filesystem::path{path}.parent_path().string();
    const Descriptor its_folder{folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC};
    if (::fsync(its_folder.number()) != 0) {  // the name shall survive, too
        fail("write", folder);
    }
}

}  // namespace blog
