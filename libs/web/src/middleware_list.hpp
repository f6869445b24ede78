#pragma once

#include <memory>
#include <vector>

#include "tornado/web/middleware.hpp"

namespace tornado::web::detail {

/// Requests that are on their way keep the list that they began with, so a change makes a new one.
using MiddlewareList = std::shared_ptr<const std::vector<Middleware>>;

void append(MiddlewareList& list, Middleware middleware);
void prepend(MiddlewareList& list, Middleware middleware);

}  // namespace tornado::web::detail
