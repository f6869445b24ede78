#ifdef TORNADO_HAS_BROTLIENC

#include <brotli/encode.h>

#include <new>
#include <stdexcept>

#include "encoder.hpp"

namespace tornado::web::detail {

namespace {

/// Brotli's state cannot be used again, but is small at this quality.
class BrotliEncoder final : public Encoder {
public:
    BrotliEncoder() : state_{BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)} {
        constexpr std::uint32_t quality = 4;  // about zlib's time at its level 6
        constexpr std::uint32_t window = 18;  // 256 KiB: pages are rarely larger
        if (state_ == nullptr || !set(BROTLI_PARAM_QUALITY, quality) ||
            !set(BROTLI_PARAM_LGWIN, window)) {
            throw std::bad_alloc{};
        }
    }

    [[nodiscard]] std::string compress(std::string_view input, bool finishing) override {
        const auto operation = finishing ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
        if (finishing && !begun_) {
            set(BROTLI_PARAM_SIZE_HINT, static_cast<std::uint32_t>(input.size()));
        }
        begun_ = true;
        std::string output;
        std::size_t left = input.size();
        const auto* next = reinterpret_cast<const std::uint8_t*>(input.data());
        do {
            std::size_t no_room = 0;
            if (!BrotliEncoderCompressStream(
                    state_.get(), operation, &left, &next, &no_room, nullptr, nullptr
                )) {
                throw std::runtime_error{"brotli cannot compress the response"};
            }
            while (BrotliEncoderHasMoreOutput(state_.get())) {
                std::size_t size = 0;  // as much as there is
                const auto* const piece = BrotliEncoderTakeOutput(state_.get(), &size);
                output.append(reinterpret_cast<const char*>(piece), size);
            }
        } while (left > 0 || (finishing && !BrotliEncoderIsFinished(state_.get())));
        return output;
    }

private:
    struct Destroy {
        void operator()(BrotliEncoderState* state) const noexcept {
            BrotliEncoderDestroyInstance(state);
        }
    };
    bool set(BrotliEncoderParameter parameter, std::uint32_t value) {
        return BrotliEncoderSetParameter(state_.get(), parameter, value) == BROTLI_TRUE;
    }

    std::unique_ptr<BrotliEncoderState, Destroy> state_;
    bool begun_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_brotli_encoder() {
    return std::make_unique<BrotliEncoder>();
}

}  // namespace tornado::web::detail

#endif  // TORNADO_HAS_BROTLIENC
