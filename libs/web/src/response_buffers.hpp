#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tornado/httputil/cookies.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/util/unique_function.hpp"
#include "tornado/web/output_transform.hpp"

namespace tornado::web {

class RequestHandler;

/// What a response is gathered in. Objects are used again with the memory they have, so that a
/// response in steady state allocates nothing for its headers.
struct ResponseBuffers {
    httputil::HTTPHeaders headers;
    std::string body;
    std::vector<httputil::Cookie> cookies;  ///< kept while the head can fail: for the error page
    std::vector<util::UniqueFunction<void(RequestHandler&)>> head_hooks;
    std::vector<std::unique_ptr<OutputTransform>> transforms;

    struct GiveBack {
        void operator()(ResponseBuffers* buffers) const noexcept;
    };
    using Ref = std::unique_ptr<ResponseBuffers, GiveBack>;

    /// With the headers that every response has: Server, Content-Type and Date.
    static Ref take();
    /// Puts the default headers in place of all others.
    void set_default_headers();
};

}  // namespace tornado::web
