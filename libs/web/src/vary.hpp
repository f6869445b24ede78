#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tornado/httputil/http_headers.hpp"

namespace tornado::web {

/// Whether a list of tokens has a member called `name`, whatever its case.
[[nodiscard]] bool has_member(std::string_view list, std::string_view name);

/// The header Vary with `name` added; nullopt when it says that already.
[[nodiscard]] std::optional<std::string>
with_vary(const httputil::HTTPHeaders& headers, std::string_view name);

/// Says that the response depends on that header of the request, beside what it says already.
void add_vary(httputil::HTTPHeaders& headers, std::string_view name);

}  // namespace tornado::web
