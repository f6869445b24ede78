#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tornado/iostream/errors.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/testing/http_response.hpp"

namespace tornado::testing {

class AsyncTestCase;
class ResponseReader;

/// A client's connection on which a test says every byte itself.
///
/// All calls run the test's loop until they are done, and throw ioloop::TimeoutError when that
/// takes too long; iostream::StreamClosedError when the server closes too early.
///
/// Ownership: owns the connection; its destruction closes it. The test must outlive it.
/// Thread safety: the test's thread.
class RawConnection {
public:
    RawConnection(AsyncTestCase& test, const netutil::Address& server);
    RawConnection(RawConnection&&) noexcept;
    RawConnection& operator=(RawConnection&&) noexcept;
    ~RawConnection();

    void send(std::string_view bytes);
    /// The next whole response to a request with that method. Interim (1xx) responses are skipped.
    /// Throws httputil::HTTPInputError for what is no response.
    [[nodiscard]] HTTPResponse read_response(std::string_view method = "GET");
    /// At least that many further bytes.
    [[nodiscard]] std::string read_bytes(std::size_t least);
    /// All that comes until the server closes.
    [[nodiscard]] std::string read_until_close();
    /// Ends the sending side only.
    void shutdown_output();
    void close();
    /// Closes with an error for the server, a TCP RST, instead of an orderly end.
    void reset();

private:
    AsyncTestCase* test_;
    std::unique_ptr<ResponseReader> reader_;
};

}  // namespace tornado::testing
