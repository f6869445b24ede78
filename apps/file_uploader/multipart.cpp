#include "multipart.hpp"

#include <tornado/ioloop.hpp>
#include <tornado/util/secure_random.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace uploader {

namespace filesystem = std::filesystem;
using tornado::Future;
using tornado::httpclient::BodyWriter;

namespace {

constexpr std::uint64_t piece_size = 256 * 1024;

using File = std::shared_ptr<std::FILE>;

[[noreturn]] void fail(int code, const std::string& path) {
    throw std::system_error{code, std::generic_category(), "cannot read " + path};
}

File open(const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) {
        fail(errno, path);
    }
    return {file, [](std::FILE* open) { std::fclose(open); }};
}

/// On the executor: the disk may be slow.
std::string read_piece(const File& file, std::uint64_t size) {
    std::string piece(size, '\0');
    piece.resize(std::fread(piece.data(), 1, piece.size(), file.get()));
    return piece;
}

/// A name between quotes, as browsers write it.
std::string quoted(const std::string& name) {
    std::string text;
    for (const char byte : name) {
        if (byte == '"') {
            text += "%22";
        } else if (byte == '\r') {
            text += "%0D";
        } else if (byte == '\n') {
            text += "%0A";
        } else {
            text += byte;
        }
    }
    return text;
}

std::string random_boundary() {
    std::string text = "----tornado-";
    for (const char byte : tornado::util::secure_random_bytes(24)) {
        text += static_cast<char>('a' + static_cast<unsigned char>(byte) % 26);
    }
    return text;
}

}  // namespace

LocalFile look_at(const std::string& path) {
    const filesystem::path given{path};
    if (filesystem::is_directory(given)) {
        fail(EISDIR, path);
    }
    static_cast<void>(open(path));
    std::error_code failed;
    const auto size = filesystem::file_size(given, failed);
    if (failed) {
        fail(failed.value(), path);
    }
    return {path, given.filename().string(), size};
}

Future<void> send_file(BodyWriter write, LocalFile file, Progress& progress) {
    auto& loop = tornado::ioloop::IOLoop::current();
    const auto opened = open(file.path);
    for (auto left = file.size; left != 0;) {
        const auto wanted = std::min(left, piece_size);
        auto piece = co_await loop.run_in_executor(read_piece, opened, wanted);
        if (piece.empty()) {
            throw std::runtime_error{file.path + " has become shorter while it was sent"};
        }
        left -= piece.size();
        progress.add(piece.size());
        co_await write(std::move(piece));
    }
}

Multipart::Multipart(std::vector<LocalFile> files)
    : files_{std::move(files)},
      boundary_{random_boundary()} {}

std::string Multipart::content_type() const {
    return "multipart/form-data; boundary=" + boundary_;
}

std::uint64_t Multipart::content_length() const {
    std::uint64_t length = end().size();
    for (const auto& file : files_) {
        length += head_of(file).size() + file.size + 2;
    }
    return length;
}

Future<void> Multipart::send(BodyWriter write, Progress& progress) const {
    for (const auto& file : files_) {
        co_await write(head_of(file));
        co_await send_file(write, file, progress);
        co_await write("\r\n");
    }
    co_await write(end());
}

std::string Multipart::head_of(const LocalFile& file) const {
    return "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" +
           quoted(file.name) + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
}

std::string Multipart::end() const {
    return "--" + boundary_ + "--\r\n";
}

}  // namespace uploader
