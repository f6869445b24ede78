#pragma once

#include <string>

#include "tornado/concurrent/future.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/testing/async_http_test_case.hpp"

namespace tornado::testing {

/// A stream on a new, unconnected socket that can reach `server`.
[[nodiscard]] iostream::IOStream new_stream(const netutil::Address& server);

/// Fetches "http://host:port/path" on a connection of its own. The host is a numeric address or
/// "localhost". Fails with StreamClosedError when the response does not come to its end.
Future<HTTPResponse> fetch_url(std::string url, FetchOptions options);

}  // namespace tornado::testing
