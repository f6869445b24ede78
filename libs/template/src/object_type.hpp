#pragma once

#include <string_view>

#include "tornado/template/object.hpp"

namespace tornado::templating::detail {

class Type;

/// The Object that a value of this type is; null when it is none.
[[nodiscard]] const Object* as_object(const Type* type, const void* object) noexcept;

}  // namespace tornado::templating::detail
