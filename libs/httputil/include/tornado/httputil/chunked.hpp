#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_headers.hpp"

namespace tornado::httputil {

/// How large a chunked body and what surrounds it may be, in bytes.
struct ChunkedLimits {
    std::uint64_t max_body_size = 104857600;
    /// Of chunk extensions, and zeros in front of sizes, beyond what is in proportion to the data:
    /// each chunk may have 16 bytes and twice its size of them, and what it leaves is the next
    /// one's.
    std::size_t max_extension_size = 8192;
    std::size_t max_trailer_size = 8192;  ///< of the trailer section with its blank line
};

/// Takes the chunked transfer coding off a body that arrives in pieces (RFC 9112, 7.1).
///
///     for (;;) {
///         const auto step = decoder.next(input);
///         input.remove_prefix(step.consumed);
///         if (step.status != ChunkedDecoder::Status::data) break;
///         deliver(step.data);
///     }
///
/// Strict where a lenient reading invites smuggling: sizes are hexadecimal digits only, all lines,
/// those of the trailers too, end in CRLF only. Chunk extensions must be well-formed, and are
/// skipped. What is wrong is told when its line has come.
///
/// Ownership: the data it returns are views into its input. Owns its trailers.
/// Thread safety: one object, one thread.
class ChunkedDecoder {
public:
    enum class Status : std::uint8_t {
        need_more,  ///< all input is consumed, the body goes on
        data,       ///< a piece of the body was found; there may be more
        complete,   ///< the body and its trailers have ended; the rest of the input is not theirs
        error,      ///< the coding is malformed or too large; every later step says so again
    };

    struct Step {
        Status status = Status::need_more;
        Errc error{};  ///< bad_chunk, body_too_large, malformed_header, header_too_large
        std::size_t consumed = 0;  ///< bytes of the input that are done with, those of `data` too
        std::string_view data;     ///< never empty when status is Status::data
    };

    explicit ChunkedDecoder(const ChunkedLimits& limits = {}) : limits_{limits} {}

    /// Goes on with `input` up to the end of the next piece of data.
    [[nodiscard]] Step next(std::string_view input);

    /// Changes the limit for the chunks that are still to come.
    void set_max_body_size(std::uint64_t size) noexcept { limits_.max_body_size = size; }

    /// The bytes of body that the chunks announced so far hold.
    [[nodiscard]] std::uint64_t body_size() const noexcept { return body_size_; }

    /// The trailer fields, once complete; without those that must not come in trailers, such as
    /// Content-Length or Host (RFC 9110, 6.5.1).
    [[nodiscard]] const HTTPHeaders& trailers() const noexcept { return trailers_; }

    /// Makes it ready for another body, with the same limits and memory.
    void reset() noexcept;

private:
    enum class State : std::uint8_t {
        size_start,
        size,
        before_extension,  ///< before the semicolon of an extension
        name_start,
        name,
        after_name,
        value_start,
        value,
        quoted,
        quoted_pair,
        quoted_end,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailers,
        complete,
        failed,
    };

    Errc read_frame(char c);
    Errc read_size(char c);
    Errc read_extension(char c);
    [[nodiscard]] std::optional<State> next_in_extension(char c) const noexcept;
    Errc begin_chunk();
    std::size_t read_trailers(std::string_view input, Errc& error);
    Errc check_trailer(std::string_view line);
    Errc finish_trailers();
    Step fail(Errc error) noexcept;

    ChunkedLimits limits_;
    State state_ = State::size_start;
    Errc error_{};
    int digits_ = 0;
    std::uint64_t remaining_ = 0;  ///< of the present chunk's data
    std::uint64_t body_size_ = 0;
    std::size_t extension_size_ = 0;
    std::size_t trailer_line_ = 0;  ///< where the present line of trailer_text_ starts
    std::string trailer_text_;
    HTTPHeaders trailers_;
};

}  // namespace tornado::httputil
