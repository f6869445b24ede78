#pragma once

#include <exception>
#include <optional>
#include <string>

namespace tornado::web::detail {

/// What the client is told of a JSONBodyError, as RFC 9457 has it; nullopt for other errors.
[[nodiscard]] std::optional<std::string> json_problem(const std::exception_ptr& error);

}  // namespace tornado::web::detail
