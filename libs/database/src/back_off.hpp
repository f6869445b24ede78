#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "tornado/util/secure_random.hpp"

namespace tornado::database {

/// How long to wait before the next attempt: at random between half and all of what doubles each
/// time.
class BackOff {
public:
    using milliseconds = std::chrono::milliseconds;

    BackOff(milliseconds first, milliseconds most) : first_{first}, most_{most}, longest_{first} {}

    void reset() noexcept { longest_ = first_; }
    [[nodiscard]] milliseconds next() {
        std::uint16_t chance = 0;
        util::fill_secure_random(std::as_writable_bytes(std::span{&chance, 1}));
        const auto longest = std::exchange(longest_, std::min(longest_ * 2, most_));
        return longest - longest * chance / (2 * 65'536);
    }

private:
    milliseconds first_;
    milliseconds most_;
    milliseconds longest_;
};

}  // namespace tornado::database
