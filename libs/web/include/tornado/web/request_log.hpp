#pragma once

#include <string>

namespace tornado::web {

class RequestHandler;

/// Has the logs leave out what stands in this request's query, but for the names of its arguments:
/// "/callback?code=…&state=…". For one that lets somebody in: a code that counts once, say. The
/// callbacks of auth do it themselves.
///
/// It is for the access log's line of this request and for log_exception(), from now on; a proxy in
/// front has a log of its own.
void hide_query(RequestHandler& handler);

/// A request as the logs call it: "GET /page?a=b (::1)". For a `log_function` or log_exception() of
/// one's own. Mirrors `RequestHandler._request_summary`.
[[nodiscard]] std::string request_summary(const RequestHandler& handler);

}  // namespace tornado::web
