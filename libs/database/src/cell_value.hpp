#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tornado/database/value.hpp"

namespace tornado::database {

/// The value of a cell as rows and parameters have it: `bits` is a number, or where in `bytes` its
/// `size` bytes begin.
[[nodiscard]] inline Value
cell_value(Type type, std::int64_t bits, std::size_t size, const char* bytes) noexcept {
    switch (type) {
        case Type::null:
            return {};
        case Type::boolean:
            return Value::boolean(bits != 0);
        case Type::integer:
            return Value::integer(bits);
        case Type::real:
            return Value::real(std::bit_cast<double>(bits));
        case Type::text:
            return Value::text({bytes + bits, size});
        case Type::blob:
            return Value::blob({bytes + bits, size});
    }
    return {};
}

}  // namespace tornado::database
