#pragma once

#include <memory>
#include <string>

#include "tornado/httputil/http_headers.hpp"

namespace tornado::web {

/// What a response is gathered in. Objects are used again with the memory they have, so that a
/// response in steady state allocates nothing for its headers.
struct ResponseBuffers {
    httputil::HTTPHeaders headers;
    std::string body;

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
