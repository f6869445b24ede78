#pragma once

#include <memory>

namespace tornado::web {

class RequestHandler;

namespace detail {

class RequestRun;

struct EndKept {
    void operator()(RequestRun* run) const noexcept;
};
/// Holds a handler whose request is over, and ends it.
using KeptHandler = std::unique_ptr<RequestRun, EndKept>;

/// For a base of handlers that stay for as long as an upgraded connection, WebSocketHandler say:
/// from within its verb, after upgrade(). The request ends with that verb, its exchange and most of
/// what the application has of it go, and the handler is the caller's.
///
/// What it may ask of its request goes on: request(), arguments, cookies, the application, the user
/// and what else does not concern the response. request() is another object then; what views the
/// head stays valid.
///
/// Null, and nothing has changed, where the request has to stay: with middleware around it, which
/// waits for the verb's end, and when somebody has changed its headers.
[[nodiscard]] KeptHandler keep_handler(RequestHandler& handler);

}  // namespace detail
}  // namespace tornado::web
