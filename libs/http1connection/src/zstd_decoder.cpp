#ifdef TORNADO_HAS_ZSTD

#include <zstd.h>

#include <new>
#include <vector>

#include "decoders.hpp"

namespace tornado::http1connection {

namespace {

constexpr int largest_window_log = 23;  // 8 MiB

class ZstdDecoder final : public ContentDecoder {
public:
    explicit ZstdDecoder(std::size_t piece_size)
        : context_{::ZSTD_createDCtx()},
          piece_(piece_size) {
        if (context_ == nullptr) {
            throw std::bad_alloc{};
        }
        ::ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_window_log);
    }

    [[nodiscard]] Step next(std::string_view input) override {
        ZSTD_inBuffer from{input.data(), input.size(), 0};
        ZSTD_outBuffer to{piece_.data(), piece_.size(), 0};
        // A full piece may leave more of the frame behind, for which no input is needed.
        while (!failed_ && to.pos != to.size && (from.pos != from.size || has_more_)) {
            const auto room = to.pos;
            const auto taken = from.pos;
            const auto result = ::ZSTD_decompressStream(context_.get(), &to, &from);
            failed_ = ::ZSTD_isError(result) != 0;
            in_frame_ = result != 0;
            any_frame_ = any_frame_ || !in_frame_;
            has_more_ = in_frame_ && to.pos == to.size;
            if (room == to.pos && taken == from.pos) {
                break;
            }
        }
        if (to.pos != 0) {
            return {Status::data, from.pos, {piece_.data(), to.pos}};
        }
        return {failed_ ? Status::error : Status::need_more, input.size(), {}};
    }

    [[nodiscard]] bool is_complete() const noexcept override {
        return any_frame_ && !in_frame_ && !failed_;
    }

private:
    struct Free {
        void operator()(ZSTD_DCtx* context) const noexcept { ::ZSTD_freeDCtx(context); }
    };

    std::unique_ptr<ZSTD_DCtx, Free> context_;
    std::vector<char> piece_;
    bool in_frame_ = false;
    bool any_frame_ = false;
    bool has_more_ = false;
    bool failed_ = false;
};

}  // namespace

std::unique_ptr<ContentDecoder> make_zstd_decoder(std::size_t piece_size) {
    return std::make_unique<ZstdDecoder>(piece_size);
}

}  // namespace tornado::http1connection

#endif
