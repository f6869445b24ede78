#pragma once

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

/// The value as JSON. Throws Error (TypeError) for what JSON cannot say.
[[nodiscard]] boost::json::value to_json(const Value& value);

}  // namespace tornado::templating::detail
