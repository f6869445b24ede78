#pragma once

#include <malloc.h>

#include <cstddef>

// Sanitizers count for themselves.
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();

/// The bytes that this process has allocated and not freed.
inline std::size_t used_memory() {
    return &__sanitizer_get_current_allocated_bytes != nullptr
               ? __sanitizer_get_current_allocated_bytes()
               : ::mallinfo2().uordblks;
}
