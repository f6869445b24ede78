#pragma once

#include <cstdint>

namespace tornado::ioloop {

/// What a descriptor can be ready for; a set of flags. Mirrors `IOLoop.READ`, `WRITE` and `ERROR`.
enum class Events : std::uint32_t {
    none = 0,
    read = 0x001,
    urgent = 0x002,  ///< TCP's urgent data have come: only watchers with Trigger::edge are told
    write = 0x004,
    error = 0x018
};
constexpr Events operator|(Events a, Events b) {
    return static_cast<Events>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr Events operator&(Events a, Events b) {
    return static_cast<Events>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}
constexpr Events operator~(Events events) {
    return static_cast<Events>(~static_cast<std::uint32_t>(events));
}

}  // namespace tornado::ioloop
