#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <utility>

#include "tornado/util/secure_random.hpp"

namespace tornado::util {

/// How long to wait before the next attempt at something that fails: a time at random between half
/// and all of a limit, which doubles from one attempt to the next. So many who were cut off at the
/// same moment do not come back at the same moment.
///
/// Thread safety: one object, one thread.
class BackOff {
public:
    using milliseconds = std::chrono::milliseconds;

    /// The limit is `first`, and never more than `most`; neither is less than a millisecond.
    BackOff(milliseconds first, milliseconds most) noexcept
        : most_{std::max(most, milliseconds{1})},
          first_{std::clamp(first, milliseconds{1}, most_)},
          limit_{first_} {}

    /// It went well: the next pause is a short one again.
    void reset() noexcept { limit_ = first_; }

    [[nodiscard]] milliseconds next() {
        std::uint16_t chance = 0;
        fill_secure_random(std::as_writable_bytes(std::span{&chance, 1}));
        const auto limit = std::exchange(limit_, limit_ > most_ / 2 ? most_ : limit_ * 2);
        const auto cut = static_cast<double>(limit.count()) / 2 * chance / 65'536;
        return limit - milliseconds{static_cast<milliseconds::rep>(cut)};
    }

private:
    milliseconds most_;
    milliseconds first_;
    milliseconds limit_;
};

}  // namespace tornado::util
