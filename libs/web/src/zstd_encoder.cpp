#ifdef TORNADO_HAS_ZSTD

#include <zstd.h>

#include <new>
#include <stdexcept>

#include "encoder.hpp"

namespace tornado::web::detail {

namespace {

struct Zstd {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    Zstd() {
        // Windows stay below the 8 MiB that clients need not exceed (RFC 9659).
        if (context == nullptr ||
            ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 3)) != 0) {
            ZSTD_freeCCtx(context);
            throw std::bad_alloc{};
        }
    }
    Zstd(const Zstd&) = delete;
    Zstd& operator=(const Zstd&) = delete;
    ~Zstd() { ZSTD_freeCCtx(context); }
    [[nodiscard]] bool reset() noexcept {
        return ZSTD_isError(ZSTD_CCtx_reset(context, ZSTD_reset_session_only)) == 0;
    }
};

class ZstdEncoder final : public Encoder {
public:
    ZstdEncoder() : zstd_{EncoderPool<Zstd>::take()} {}
    ~ZstdEncoder() override { EncoderPool<Zstd>::give_back(std::move(zstd_)); }

    [[nodiscard]] std::string compress(std::string_view input, bool finishing) override {
        std::string output(ZSTD_compressBound(input.size()), '\0');
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        ZSTD_outBuffer out{output.data(), output.size(), 0};
        while (true) {
            const auto left = ZSTD_compressStream2(
                zstd_->context, &out, &in, finishing ? ZSTD_e_end : ZSTD_e_flush
            );
            if (ZSTD_isError(left) != 0) {
                throw std::runtime_error{
                    std::string{"zstd cannot compress the response: "} + ZSTD_getErrorName(left)};
            }
            if (left == 0) {
                break;
            }
            output.resize(output.size() * 2);
            out.dst = output.data();
            out.size = output.size();
        }
        output.resize(out.pos);
        return output;
    }

private:
    std::unique_ptr<Zstd> zstd_;
};

}  // namespace

std::unique_ptr<Encoder> make_zstd_encoder() {
    return std::make_unique<ZstdEncoder>();
}

}  // namespace tornado::web::detail

#endif  // TORNADO_HAS_ZSTD
