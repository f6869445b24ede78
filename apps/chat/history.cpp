#include "history.hpp"

#include <tornado/escape.hpp>
#include <tornado/log.hpp>

#include <boost/json.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace chat {

namespace {

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

void write_line(std::FILE& file, const Message& message, const std::string& path) {
    const auto line = tornado::escape::json_encode(to_json(message)) + "\n";
    if (std::fwrite(line.data(), 1, line.size(), &file) != line.size() || std::fflush(&file) != 0) {
        fail("write", path);
    }
}

}  // namespace

History::History(std::string path, MessageBuffer& buffer) : path_{std::move(path)} {
    read_into(buffer, path_);
    const auto shortened = path_ + ".new";
    file_.reset(std::fopen(shortened.c_str(), "we"));
    if (file_ == nullptr) {
        fail("write", shortened);
    }
    for (const auto& message : buffer.get_messages_since("")) {
        write_line(*file_, *message, shortened);
    }
    std::filesystem::rename(shortened, path_);
}

void History::append(const Message& message) {
    write_line(*file_, message, path_);
}

}  // namespace chat
