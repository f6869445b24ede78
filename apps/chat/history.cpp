#include "history.hpp"

#include <tornado/escape.hpp>
#include <tornado/log.hpp>
#include <tornado/util/scope_exit.hpp>

#include <boost/json.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace chat {

namespace {

constexpr std::int64_t least_limit = 1'000'000;

[[noreturn]] void fail(const char* verb, const std::string& path) {
    throw std::system_error{
        errno, std::generic_category(), std::string{"cannot "} + verb + " the history " + path};
}

void read_into(MessageBuffer& buffer, const std::string& path) {
    if (!std::filesystem::exists(path)) {
        return;
    }
    std::ifstream file{path};
    if (std::filesystem::is_directory(path)) {
        errno = EISDIR;
        fail("read", path);
    }
    if (!file) {
        fail("read", path);
    }
    std::size_t left_out = 0;
    for (std::string line; std::getline(file, line);) {
        if (auto message = message_from(line)) {
            buffer.add(std::make_shared<Message>(std::move(*message)));
        } else {
            ++left_out;
        }
    }
    if (file.bad()) {
        errno = EIO;
        fail("read", path);
    }
    if (left_out != 0) {
        tornado::log::app_log().warning(
            path, ": left out ", left_out, " lines that are no messages"
        );
    }
}

std::string line_of(const Message& message) {
    return tornado::escape::json_encode(to_history(message)) + "\n";
}

int open_anew(const std::string& path) {
    constexpr mode_t mode = 0666;  // less what the umask takes away
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (descriptor < 0) {
        fail("write", path);
    }
    return descriptor;
}

}  // namespace

History::History(std::string path, MessageBuffer& buffer)
    : buffer_{buffer},
      path_{std::move(path)} {
    read_into(buffer, path_);
    shorten();
}

void History::shorten() {
    const auto shortened = path_ + ".new";
    const int former = std::exchange(descriptor_, open_anew(shortened));
    const auto former_size = std::exchange(size_, 0);
    tornado::util::ScopeExit go_on_in_former{[&] {
        ::close(std::exchange(descriptor_, former));
        size_ = former_size;
    }};
    for (const auto& message : buffer_.get_messages_since("")) {
        write(line_of(*message));
    }
    std::filesystem::rename(shortened, path_);
    go_on_in_former.release();
    if (former >= 0) {
        ::close(former);
    }
    limit_ = std::max(least_limit, 2 * size_);
}

History::~History() {
    ::close(descriptor_);
}

void History::append(const Message& message) {
    if (size_ > limit_) {
        try {
            shorten();
        } catch (const std::exception& error) {
            limit_ = size_ + least_limit;
            tornado::log::app_log().warning(path_, " grows on: ", error.what());
        }
    }
    write(line_of(message));
}

void History::write(std::string_view text) {
    auto at = size_;
    while (!text.empty()) {
        const auto written = ::pwrite(descriptor_, text.data(), text.size(), at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            const int why = written < 0 ? errno : ENOSPC;
            // Half a line would spoil the next one. Where it stays after all, that overwrites it.
            if (::ftruncate(descriptor_, size_) != 0) {
                tornado::log::app_log().warning(path_, ": half a message stays until the next");
            }
            errno = why;
            fail("write", path_);
        }
        text.remove_prefix(static_cast<std::size_t>(written));
        at += written;
    }
    size_ = at;
}

}  // namespace chat
