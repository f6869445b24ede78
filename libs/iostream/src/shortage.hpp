#pragma once

#include <cerrno>

namespace tornado::netutil {

/// Whether the system was short of something: asked later it may well give another answer.
[[nodiscard]] constexpr bool is_shortage(int system_error) noexcept {
    return system_error == EMFILE || system_error == ENFILE || system_error == ENOMEM;
}

}  // namespace tornado::netutil
