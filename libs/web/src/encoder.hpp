#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/util/per_thread.hpp"

namespace tornado::web::detail {

/// Compresses one response by one content coding.
class Encoder {
public:
    Encoder() = default;
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;
    virtual ~Encoder() = default;
    /// All that came of `input` and of what is held back from before: the client can read all of it
    /// at once. With `finishing` the stream ends.
    [[nodiscard]] virtual std::string compress(std::string_view input, bool finishing) = 0;
};

/// A content coding that this library was built with.
struct Coding {
    std::string_view name;  ///< as in Accept-Encoding
    std::unique_ptr<Encoder> (*make)();
};

[[nodiscard]] std::unique_ptr<Encoder> make_gzip_encoder();
[[nodiscard]] std::unique_ptr<Encoder> make_brotli_encoder();
[[nodiscard]] std::unique_ptr<Encoder> make_zstd_encoder();

/// A thread's encoder states that nobody uses at present: they are large, and take longer to make
/// than a page to compress.
template <typename State>
class EncoderPool {
public:
    [[nodiscard]] static std::unique_ptr<State> take() {
        auto* const pool = util::PerThread<EncoderPool>::get();
        if (pool == nullptr || pool->free_.empty()) {
            return std::make_unique<State>();
        }
        auto state = std::move(pool->free_.back());
        pool->free_.pop_back();
        return state;
    }
    static void give_back(std::unique_ptr<State> state) noexcept {
        auto* const pool = util::PerThread<EncoderPool>::get();
        if (pool != nullptr && pool->free_.size() < most && state->reset()) {
            pool->free_.reserve(most);
            pool->free_.push_back(std::move(state));
        }
    }

private:
    static constexpr std::size_t most = 4;
    std::vector<std::unique_ptr<State>> free_ = {};
};

}  // namespace tornado::web::detail
