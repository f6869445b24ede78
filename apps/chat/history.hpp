#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "message_buffer.hpp"

namespace chat {

/// A file with a line of JSON for each message, so that they outlive the program.
///
/// A message is written before its sender hears of it; that waits for the kernel's cache, not for
/// the disk. One that could not be written whole, as on a full disk, leaves nothing behind. Errors:
/// std::system_error when the file cannot be read or written.
class History {
public:
    /// Puts what the file holds into the buffer, which must outlive this, and shortens the file to
    /// that. Lines that are none
    /// of ours, as when the machine went down, are left out, which is logged.
    History(std::string path, MessageBuffer& buffer);
    History(const History&) = delete;
    History& operator=(const History&) = delete;
    ~History();

    /// The message is not in the buffer yet. A file that has grown too large is shortened before.
    void append(const Message& message);

private:
    /// Goes on in a new file, of what the buffer holds.
    void shorten();
    /// Writes behind the last whole line.
    void write(std::string_view text);

    MessageBuffer& buffer_;
    std::string path_;
    int descriptor_ = -1;
    std::int64_t size_ = 0;   ///< of the whole lines
    std::int64_t limit_ = 0;  ///< of the size, before it is shortened
};

}  // namespace chat
