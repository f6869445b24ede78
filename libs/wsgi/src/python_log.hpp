#pragma once

#include "python.hpp"
#include "tornado/log.hpp"

namespace tornado::wsgi {

/// An error for the log, which is written without the GIL: a terminal or a pipe that takes no more
/// keeps nobody else from Python. Meanwhile other threads may do what they like.
template <typename... Parts>
void log_error(const Parts&... parts) {
    const WithoutGIL writing;
    log::app_log().error(parts...);
}

}  // namespace tornado::wsgi
