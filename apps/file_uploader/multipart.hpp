#pragma once

#include <tornado/httpclient.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "progress.hpp"

namespace uploader {

/// A file to be sent.
struct LocalFile {
    std::string path;
    std::string name;  ///< without folders
    std::uint64_t size = 0;
};

/// Looks at the file. Throws std::system_error with a sentence when it cannot be sent.
[[nodiscard]] LocalFile look_at(const std::string& path);

/// Sends what is in a file, a piece at a time: never more than that is in memory. Throws
/// std::runtime_error when the file has become shorter since it was looked at.
tornado::Future<void>
send_file(tornado::httpclient::BodyWriter write, LocalFile file, Progress& progress);

/// A form with files, as a browser sends it (RFC 7578), for a body whose length is known before it
/// is sent.
class Multipart {
public:
    explicit Multipart(std::vector<LocalFile> files);

    [[nodiscard]] std::string content_type() const;
    [[nodiscard]] std::uint64_t content_length() const;
    tornado::Future<void> send(tornado::httpclient::BodyWriter write, Progress& progress) const;

private:
    [[nodiscard]] std::string head_of(const LocalFile& file) const;
    [[nodiscard]] std::string end() const;

    std::vector<LocalFile> files_;
    std::string boundary_;
};

}  // namespace uploader
