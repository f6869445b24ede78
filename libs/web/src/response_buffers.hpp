#pragma once

#include <cstddef>
#include <ctime>
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
    std::time_t dated = 0;  ///< when the default headers were made
    std::size_t hooks_done = 0;
    std::size_t first_cookie = 0;  ///< where those of `cookies` begin among the Set-Cookie fields
    std::size_t cookies_in_head = 0;  ///< how many there are

    struct GiveBack {
        void operator()(ResponseBuffers* buffers) const noexcept;
    };
    using Ref = std::unique_ptr<ResponseBuffers, GiveBack>;

    /// With the headers that every response has: Server, Content-Type and Date.
    static Ref take();
    /// Nothing of the head is made yet.
    void forget_head() noexcept { hooks_done = cookies_in_head = 0; }
    /// Puts the default headers in place of all others.
    void set_default_headers();
    /// Has Date say when the response is sent, which may be long after it was begun (RFC 9110,
    /// 6.6.1). Another than the default one stays.
    void renew_date();
};

}  // namespace tornado::web
