#include "tornado/httpclient/http_response.hpp"

namespace tornado::httpclient {

std::string HTTPResponse::to_string() const {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(request_time).count();
    return "HTTPResponse(" + std::to_string(code) + " " + reason + ", " + request.method() + " " +
           effective_url() + ", " + std::to_string(body.size()) + " bytes, " +
           std::to_string(milliseconds) + " ms)";
}

}  // namespace tornado::httpclient
