#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace tornado::http1connection {

/// Takes a content coding (RFC 9110, 8.4) off a body that arrives in pieces.
///
///     while (true) {
///         const auto step = decoder.next(chunk);
///         chunk.remove_prefix(step.consumed);
///         if (step.status != ContentDecoder::Status::data) break;
///         deliver(step.data);
///     }
///
/// What it has put out is for the caller to count: a few bytes can stand for very many.
///
/// Ownership: the data it returns are good until its next step. Thread safety: one object, one
/// thread.
class ContentDecoder {
public:
    enum class Status : std::uint8_t {
        need_more,  ///< all input is consumed
        data,       ///< a piece of the body; there may be more
        error,      ///< not of this coding, or damaged; every later step says so again
    };

    struct Step {
        Status status = Status::need_more;
        std::size_t consumed = 0;  ///< bytes of the input that are done with
        std::string_view data;     ///< never empty when status is Status::data
    };

    ContentDecoder() = default;
    ContentDecoder(const ContentDecoder&) = delete;
    ContentDecoder& operator=(const ContentDecoder&) = delete;
    virtual ~ContentDecoder() = default;

    [[nodiscard]] virtual Step next(std::string_view input) = 0;

    /// Whether what has come so far is whole: if the body ends elsewhere, it was cut off.
    [[nodiscard]] virtual bool is_complete() const noexcept = 0;

    /// A decoder for what a Content-Encoding field names; null for a coding that is not known.
    /// `piece_size`: the largest piece of data that a step returns, in bytes.
    [[nodiscard]] static std::unique_ptr<ContentDecoder>
    make(std::string_view coding, std::size_t piece_size = 65'536);

    /// The codings that make() knows, for an Accept-Encoding field: "gzip, deflate", and "br" and
    /// "zstd" where they were built in.
    [[nodiscard]] static std::string_view codings() noexcept;
};

}  // namespace tornado::http1connection
