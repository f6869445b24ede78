#pragma once

#include <utility>
#include <vector>

#include "tornado/iostream/ssl_options.hpp"

namespace tornado::httpclient {

/// The TLS contexts that a client's requests have needed, each made once. Thread safety: none.
class TlsContexts {
public:
    /// The context for these options. Throws as netutil::ssl_options_to_context() does.
    [[nodiscard]] netutil::SSLContext get(const netutil::SSLOptions& options);

private:
    /// Beyond it the oldest is forgotten.
    static constexpr std::size_t most = 32;
    std::vector<std::pair<netutil::SSLOptions, netutil::SSLContext>> made_;
};

}  // namespace tornado::httpclient
