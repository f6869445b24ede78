#include "tls_contexts.hpp"

#include <algorithm>

namespace tornado::httpclient {

netutil::SSLContext TlsContexts::get(const netutil::SSLOptions& options) {
    const auto found = std::find_if(made_.begin(), made_.end(), [&](const auto& each) {
        return each.first == options;
    });
    if (found != made_.end()) {
        return found->second;
    }
    auto context = netutil::ssl_options_to_context(options, netutil::SSLSide::client);
    if (made_.size() == most) {
        made_.erase(made_.begin());
    }
    made_.emplace_back(options, context);
    return context;
}

}  // namespace tornado::httpclient
