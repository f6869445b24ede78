#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tornado/httputil/http_connection.hpp"

namespace tornado::httpserver {

/// Hands on so many requests at a time, and answers those beyond with 503 at once.
class RequestLimit final : public httputil::HTTPServerConnectionDelegate {
public:
    /// Requests for `spared_paths` neither count nor are refused.
    RequestLimit(
        httputil::HTTPServerConnectionDelegate& inner,
        std::size_t most,
        std::vector<std::string> spared_paths
    );

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override;

private:
    class Request;

    [[nodiscard]] bool is_spared(std::string_view path) const noexcept;

    httputil::HTTPServerConnectionDelegate& inner_;
    std::size_t most_;
    std::vector<std::string> spared_paths_;
    std::shared_ptr<std::size_t> in_flight_;  ///< exchanges may outlive the server
};

}  // namespace tornado::httpserver
