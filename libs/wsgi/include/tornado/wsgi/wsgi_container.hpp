#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "tornado/httputil/http_connection.hpp"
#include "tornado/wsgi/python_app.hpp"

namespace tornado::wsgi {

/// How a container treats its application. Sizes are bytes.
struct WSGIContainerOptions {
    /// A request's body is gathered before the application is called, so that a client that sends
    /// slowly holds no thread: so much of it in memory, the rest in a file without a name, in the
    /// folder of TMPDIR or /tmp.
    std::size_t body_buffer = 1'048'576;
    /// So long a thread waits for a client that does not take its response, or send its request:
    /// then it breaks off. One that moves at least 8,000 bytes a second is not too slow; on a fast
    /// link 50,000, as the kernel tells what a client has taken in steps of a megabyte or so there.
    /// Zero: for as long as the server's own limits allow.
    std::chrono::milliseconds client_timeout{30'000};
    /// So long the container's end waits for requests that run: then their threads are left to
    /// themselves, with all that they use.
    std::chrono::milliseconds end_timeout{10'000};
    /// So many requests may wait for a thread; beyond that 503.
    std::size_t max_waiting = 1000;
    bool multiprocess = true;  ///< what `wsgi.multiprocess` says
    /// The part of the path that leads to the application, such as "/blog": SCRIPT_NAME. Paths
    /// elsewhere get 404.
    std::string script_name = {};
    /// Whether a body of known length that does not fit into `body_buffer` is read while it comes
    /// instead. A thread is then held for as long as the client sends.
    bool stream_bodies = false;
    bool serve_traceback = false;  ///< error pages tell what was raised: for development only
    /// So many requests run at a time, each on a thread of its own. Only what waits (for a
    /// database, say) gains by it: Python computes on one thread at a time.
    std::size_t threads = 8;
    /// So long a request may wait for a thread: then 503. Zero: any time.
    std::chrono::milliseconds wait_timeout{30'000};
};

/// Serves the requests of a server, or of one of an Application's routes, with a Python WSGI
/// application.
///
/// The application runs on threads of the container, never on the loop's. It is called when all of
/// a request has come. Responses stream: who writes waits when the client does not take what there
/// is. An answer that is one list or tuple, up to 16 MiB, or as long as its Content-Length, is sent
/// in one piece, which no thread waits for, while those of all its clients take up to 64 MiB; small
/// ones are always.
/// `wsgi.file_wrapper` hands open files to the kernel. What is written to `wsgi.errors` goes to the
/// log, line by line, and so does the traceback of what the application raises: the client gets
/// 500, or a connection that breaks if the response has begun. One that breaks its Content-Length
/// is cut off, or breaks visibly. Fields with an underscore in their name are dropped, as the
/// application could not tell `X_User` from `X-User`.
///
/// Ownership: shares the application; must outlive the servers that use it. Its end is close().
/// Thread safety: any number of loops may use one container, each on its thread.
/// Mirrors `tornado.wsgi.WSGIContainer`.
///
///     wsgi::WSGIContainer container{wsgi::PythonApp::load("hello:app")};
///     httpserver::HTTPServer server{container};
///     server.listen(8888);
///     ioloop::IOLoop::current().start();
class WSGIContainer final : public httputil::HTTPServerConnectionDelegate {
public:
    /// Throws std::invalid_argument for no threads, or a `script_name` that does not begin with "/"
    /// or ends with it.
    explicit WSGIContainer(PythonApp app, WSGIContainerOptions options = {});
    ~WSGIContainer() override;

    /// Drops the requests that wait for a thread, and waits for those that run, at most for
    /// `end_timeout`. Returns whether all have ended; those that have not are logged, and go on
    /// without anybody to hear of them: such a program ends with std::_Exit(). Serves nothing from
    /// then on; not for a callback of the loop, as it waits.
    bool close();

    /// How long all threads have been taken by requests of which none has ended, or one of these
    /// has kept Python's lock, so that no other can run; zero when a thread is free. From any
    /// thread. For a process that had better end, and be started anew.
    [[nodiscard]] std::chrono::milliseconds stuck_for() const;

    /// Throws std::logic_error in a process that was forked since, or after close().
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override;

private:
    struct Impl;

    std::unique_ptr<Impl> impl_;
};

}  // namespace tornado::wsgi
