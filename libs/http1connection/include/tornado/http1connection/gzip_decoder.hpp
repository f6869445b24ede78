#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "tornado/http1connection/content_decoder.hpp"

namespace tornado::http1connection {

/// Takes the gzip coding (RFC 1952) off a body that arrives in pieces: see ContentDecoder.
///
/// Several members behind one another are one body.
///
/// Ownership: the data it returns are good until its next step. Holds about 110 KB.
/// Thread safety: one object, one thread.
class GzipDecoder final : public ContentDecoder {
public:
    /// `piece_size`: the largest piece of data that a step returns, in bytes.
    explicit GzipDecoder(std::size_t piece_size = 65'536);
    ~GzipDecoder() override;

    [[nodiscard]] Step next(std::string_view input) override;
    [[nodiscard]] bool is_complete() const noexcept override;

private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
};

}  // namespace tornado::http1connection
