#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "budget.hpp"
#include "request_pipe.hpp"
#include "response_pipe.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/ioloop/pending.hpp"

namespace tornado::wsgi {

/// A request's head, for another thread: it views nothing of the connection's.
struct RequestFacts {
    std::string method;
    std::string uri;   ///< as it came
    std::string path;  ///< of it, undecoded, behind the container's `script_name`
    std::string query;
    std::string authority;  ///< host and port that the client asked for; may be empty
    httputil::HTTPHeaders headers;
    std::string remote_ip;
    std::string_view protocol;  ///< "http" or "https"
    int version_minor = 1;
    std::optional<std::uint64_t> content_length = {};  ///< bytes of body, once that is known
};

/// How a log names a request.
[[nodiscard]] inline std::string name_of(const RequestFacts& facts) {
    return facts.method + " " + facts.uri + " (" + facts.remote_ip + ")";
}

/// One request for a thread, and what goes to and fro until it is over.
class Job final : public ioloop::Parcel {
public:
    /// `its_budget` must outlive it.
    explicit Job(Budget& its_budget) noexcept : budget{its_budget} {}

    RequestFacts facts;
    Budget& budget;
    RequestPipe input;
    ResponsePipe output;
};

}  // namespace tornado::wsgi
