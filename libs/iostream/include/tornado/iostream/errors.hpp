#pragma once

#include <exception>
#include <stdexcept>
#include <system_error>

namespace tornado::iostream {

/// The stream was closed before the operation was done.
/// Mirrors `tornado.iostream.StreamClosedError`.
class StreamClosedError : public std::runtime_error {
public:
    explicit StreamClosedError(std::error_code real_error = {})
        : std::
              runtime_error{real_error ? "Stream is closed: " + real_error.message() : "Stream is closed"},
          real_error_{real_error} {}

    /// Why it was closed; empty when the peer or the program simply closed it.
    [[nodiscard]] std::error_code real_error() const noexcept { return real_error_; }

private:
    std::error_code real_error_;
};

/// Whether an exception is a StreamClosedError. False for none.
[[nodiscard]] bool is_stream_closed(const std::exception_ptr& error) noexcept;

/// More output is queued than StreamOptions::max_write_buffer_size allows; nothing was queued.
/// Mirrors `tornado.iostream.StreamBufferFullError`.
class StreamBufferFullError : public std::runtime_error {
public:
    StreamBufferFullError()
        : std::runtime_error{
              "Reached maximum write buffer size: await the futures of write() before writing "
              "more"} {}
};

/// Why a stream closed itself.
enum class StreamErrc {
    unsatisfiable_read =
        1,  ///< the delimiter did not come within `max_bytes` (UnsatisfiableReadError in Tornado)
    buffer_full,  ///< more unread bytes than `max_buffer_size` (StreamBufferFullError in Tornado)
    regex_too_complex,  ///< the search for a regular expression took too many steps
    file_too_short,     ///< a file ended before as much of it was sent as write_file() had promised
    callback_failed,    ///< a callback of a read, a write or a connect has thrown
};

[[nodiscard]] const std::error_category& stream_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(StreamErrc error) noexcept {
    return {static_cast<int>(error), stream_category()};
}

}  // namespace tornado::iostream

template <>
struct std::is_error_code_enum<tornado::iostream::StreamErrc> : std::true_type {};
