#include "tornado/web/http_error.hpp"

#include "tornado/httputil/responses.hpp"

namespace tornado::web {

HTTPError::HTTPError(int status, std::string log_message, std::string reason)
    : status_code_{status},
      log_message_{std::move(log_message)},
      reason_{std::move(reason)} {
    what_ = "HTTP " + std::to_string(status_code_) + ": ";
    what_ += reason_.empty() ? std::string{httputil::reason_phrase(status_code_)} : reason_;
    if (!log_message_.empty()) {
        what_ += " (" + log_message_ + ")";
    }
}

}  // namespace tornado::web
