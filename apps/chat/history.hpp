#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>

#include "message_buffer.hpp"

namespace chat {

/// A file with a line of JSON for each message, so that they outlive the program.
///
/// A message is written before its sender hears of it; that waits for the kernel's cache, not for
/// the disk. Errors: std::system_error when the file cannot be read or written.
class History {
public:
    /// Puts what the file holds into the buffer, and shortens the file to that. Lines that are none
    /// of ours, as when the machine went down, are left out, which is logged.
    History(std::string path, MessageBuffer& buffer);

    void append(const Message& message);

private:
    struct CloseFile {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    std::string path_;
    std::unique_ptr<std::FILE, CloseFile> file_;
};

}  // namespace chat
