#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "tornado/httputil/http_connection.hpp"
#include "tornado/wsgi/python_app.hpp"

namespace tornado::wsgi {

/// How a container treats its application. Sizes are bytes.
struct WSGIContainerOptions {
    /// So much of a request's body is gathered before the application is called, so that a client
    /// that sends slowly holds no thread. What is longer is read while it comes.
    std::size_t body_buffer = 1'048'576;
    /// So many requests may wait for a thread; beyond that 503.
    std::size_t max_waiting = 1000;
    bool multiprocess = true;  ///< what `wsgi.multiprocess` says
    /// The part of the path that leads to the application, such as "/blog": SCRIPT_NAME. Paths
    /// elsewhere get 404.
    std::string script_name = {};
    bool serve_traceback = false;  ///< error pages tell what was raised: for development only
    /// So many requests run at a time, each on a thread of its own. Only what waits (for a
    /// database, say) gains by it: Python computes on one thread at a time.
    std::size_t threads = 8;
};

/// Serves the requests of a server, or of one of an Application's routes, with a Python WSGI
/// application.
///
/// The application runs on threads of the container, never on the loop's. Bodies stream both ways:
/// who reads `wsgi.input` waits for the client, and who writes waits when the client does not take
/// what there is. An answer that is one list or tuple, or as long as its Content-Length, is sent in
/// one piece. `wsgi.file_wrapper` hands open files to the kernel. What is written to `wsgi.errors`
/// goes to the log, line by line, and so does the traceback of what the application raises: the
/// client gets 500, or a connection that breaks if the response has begun. One that breaks its
/// Content-Length is cut off, or breaks visibly. Fields with an underscore in their name are
/// dropped, as the application could not tell `X_User` from `X-User`.
///
/// Ownership: shares the application; must outlive the servers that use it. Its end waits for the
/// requests that run, and drops those that wait for a thread.
/// Thread safety: any number of loops may use one container, each on its thread.
/// Mirrors `tornado.wsgi.WSGIContainer`.
///
///     wsgi::WSGIContainer container{wsgi::PythonApp::load("site:app")};
///     httpserver::HTTPServer server{container};
///     server.listen(8888);
///     ioloop::IOLoop::current().start();
class WSGIContainer final : public httputil::HTTPServerConnectionDelegate {
public:
    /// Throws std::invalid_argument for no threads, or a `script_name` that does not begin with "/"
    /// or ends with it.
    explicit WSGIContainer(PythonApp app, WSGIContainerOptions options = {});
    ~WSGIContainer() override;

    /// Throws std::logic_error in a process that was forked since.
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override;

private:
    struct Impl;

    std::unique_ptr<Impl> impl_;
};

}  // namespace tornado::wsgi
