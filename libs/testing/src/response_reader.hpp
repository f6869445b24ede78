#pragma once

#include <string>

#include "tornado/concurrent/future.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/testing/http_response.hpp"

namespace tornado::testing {

/// The client's end of a connection, and what came on it that nobody has read yet. Must outlive the
/// futures of its reads.
class ResponseReader {
public:
    explicit ResponseReader(iostream::IOStream stream) : stream_{std::move(stream)} {}

    [[nodiscard]] iostream::IOStream& stream() noexcept { return stream_; }

    /// The next response. Fails with StreamClosedError when the connection ends before it does.
    Future<HTTPResponse> read(std::string method);
    Future<std::string> read_bytes(std::size_t least);
    Future<std::string> read_until_close();

private:
    Future<void> read_more();
    Future<std::string> read_body(httputil::MessageFraming framing);
    Future<std::string> read_chunked_body();

    iostream::IOStream stream_;
    std::string unread_;
};

}  // namespace tornado::testing
