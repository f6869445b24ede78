#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace tornado::http1connection {

/// Takes the gzip coding (RFC 1952) off a body that arrives in pieces.
///
///     while (true) {
///         const auto step = decoder.next(chunk);
///         chunk.remove_prefix(step.consumed);
///         if (step.status != GzipDecoder::Status::data) break;
///         deliver(step.data);
///     }
///
/// Several members behind one another are one body. What it has put out is for the caller to count:
/// a few bytes can stand for very many.
///
/// Ownership: the data it returns are good until its next step. Holds about 110 KB.
/// Thread safety: one object, one thread.
class GzipDecoder {
public:
    enum class Status : std::uint8_t {
        need_more,  ///< all input is consumed
        data,       ///< a piece of the body; there may be more
        error,      ///< no gzip, or damaged; every later step says so again
    };

    struct Step {
        Status status = Status::need_more;
        std::size_t consumed = 0;  ///< bytes of the input that are done with
        std::string_view data;     ///< never empty when status is Status::data
    };

    /// `piece_size`: the largest piece of data that a step returns, in bytes.
    explicit GzipDecoder(std::size_t piece_size = 65'536);
    ~GzipDecoder();
    GzipDecoder(const GzipDecoder&) = delete;
    GzipDecoder& operator=(const GzipDecoder&) = delete;

    [[nodiscard]] Step next(std::string_view input);

    /// Whether what has come so far is whole: if the body ends elsewhere, it was cut off.
    [[nodiscard]] bool is_complete() const noexcept;

private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
};

}  // namespace tornado::http1connection
