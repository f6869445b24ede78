#ifdef TORNADO_HAS_BROTLIDEC

#include <brotli/decode.h>

#include <new>
#include <vector>

#include "decoders.hpp"

namespace tornado::http1connection {

namespace {

class BrotliDecoder final : public ContentDecoder {
public:
    explicit BrotliDecoder(std::size_t piece_size)
        : state_{::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)},
          piece_(piece_size) {
        if (state_ == nullptr) {
            throw std::bad_alloc{};
        }
    }

    [[nodiscard]] Step next(std::string_view input) override {
        std::size_t left = input.size();
        const auto* from = reinterpret_cast<const std::uint8_t*>(input.data());
        std::size_t room = piece_.size();
        auto* to = piece_.data();
        if (!failed_ && !ended_) {
            const auto result =
                ::BrotliDecoderDecompressStream(state_.get(), &left, &from, &room, &to, nullptr);
            ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
            failed_ = result == BROTLI_DECODER_RESULT_ERROR;
        }
        if (const auto produced = piece_.size() - room; produced != 0) {
            const auto* const data = reinterpret_cast<const char*>(piece_.data());
            return {Status::data, input.size() - left, {data, produced}};
        }
        failed_ = failed_ || (ended_ && left != 0);
        return {failed_ ? Status::error : Status::need_more, input.size(), {}};
    }

    [[nodiscard]] bool is_complete() const noexcept override { return ended_ && !failed_; }

private:
    struct Destroy {
        void operator()(BrotliDecoderState* state) const noexcept {
            ::BrotliDecoderDestroyInstance(state);
        }
    };

    std::unique_ptr<BrotliDecoderState, Destroy> state_;
    std::vector<std::uint8_t> piece_;
    bool ended_ = false;
    bool failed_ = false;
};

}  // namespace

std::unique_ptr<ContentDecoder> make_brotli_decoder(std::size_t piece_size) {
    return std::make_unique<BrotliDecoder>(piece_size);
}

}  // namespace tornado::http1connection

#endif
