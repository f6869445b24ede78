#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tornado/httputil/http_headers.hpp"
#include "tornado/util/unique_function.hpp"
#include "tornado/web/application.hpp"

namespace tornado::wsgi {

/// A request, as a WSGI server tells of it.
struct WSGIRequest {
    std::string method = "GET";
    std::string target = "/";  ///< percent-encoded path and, behind a "?", the query
    httputil::HTTPHeaders headers = {};
    std::string protocol = "http";  ///< or "https"
    /// The next piece of the body, of at most so many bytes; empty at its end. May throw.
    util::UniqueFunction<std::string(std::size_t)> read_body = {};
    std::string remote_ip = {};
};

/// A part of a file, to be read piece by piece.
///
/// Ownership: keeps the file open, apart from whoever else does. Thread safety: one at a time.
class WSGIFile {
public:
    /// Throws std::system_error when there is no descriptor left.
    WSGIFile(int file, std::uint64_t offset, std::uint64_t size);
    WSGIFile(WSGIFile&& other) noexcept;
    WSGIFile& operator=(WSGIFile&& other) noexcept;
    ~WSGIFile();

    /// How many bytes of the part are left.
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    /// The next bytes, so many at most; none at the end. Throws std::system_error when it cannot be
    /// read, and std::runtime_error when it has become shorter.
    [[nodiscard]] std::string read(std::size_t most);

private:
    int file_;
    std::uint64_t offset_;
    std::uint64_t size_;
};

struct WSGIResponse {
    int status = 500;
    std::string reason = {};
    httputil::HTTPHeaders headers = {};
    std::string body = {};             ///< what of it is in memory
    std::vector<WSGIFile> files = {};  ///< what follows: files are not read before they are wanted
};

/// A web::Application that is called for one request after another, without a loop that runs: what
/// a WSGI server needs.
///
/// Handlers run from beginning to end within the call, on the thread that calls. Coroutines are
/// welcome as long as all that they await is ready. What needs a loop is refused with a sentence in
/// the log, and answered with 500: flush() before finish(), and awaiting what is not ready. So is a
/// WebSocket, with 501. run_in_executor() runs its function at once. What is put off with
/// spawn_callback() runs behind the response, before the call returns; what is put off with
/// call_later() runs when it is due and the thread serves its next request, before that.
///
/// Each thread that calls gets an application of its own, which the factory makes on the thread's
/// first call and which ends with the thread, as does that of a process that is forked then. A
/// server that makes a thread for each request has it made for each request. What reads a body may
/// call the application again, for another request.
///
/// Thread safety: any number of threads. Mirrors `tornado.wsgi.WSGIApplication` of Tornado 2.
class WSGIApplication {
public:
    using Make = std::unique_ptr<web::Application> (*)();

    explicit WSGIApplication(Make make_application);
    WSGIApplication(const WSGIApplication&) = delete;
    WSGIApplication& operator=(const WSGIApplication&) = delete;
    ~WSGIApplication();

    /// Serves one request. Throws what the factory throws, and what `read_body` does.
    [[nodiscard]] WSGIResponse operator()(WSGIRequest request) const;

private:
    class Place;

    [[nodiscard]] std::shared_ptr<Place>& this_threads_place() const;
    [[nodiscard]] std::shared_ptr<Place> enter_place() const;

    Make make_application_;
    std::uint64_t id_;
};

}  // namespace tornado::wsgi
