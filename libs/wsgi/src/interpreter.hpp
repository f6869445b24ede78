#pragma once

#include <array>
#include <string>

#include "python.hpp"
#include "tornado/httputil/known_header.hpp"

namespace tornado::wsgi {

struct PythonOptions;

/// What all requests need of Python, made once. Used only with the GIL.
struct Names {
    Ref content_length, content_type, http_host, path_info, query_string, remote_addr,
        request_method, request_uri, script_name, server_name, server_port, server_protocol,
        wsgi_errors, wsgi_input, url_scheme;
    Ref http, https, http_10, http_11, get, post, head, empty, close;
    std::array<Ref, httputil::known_header_count> headers;  ///< HTTP_ and the field's name
    Ref input_type, errors_type, response_type;
    Ref pause;  ///< a function of Python's that does nothing
    Ref file_wrapper, buffered_reader, buffered_random, file_io;
};

/// The Python of this process.
class Interpreter {
public:
    /// Starts Python if it does not run yet. Throws std::logic_error in a process that was forked
    /// since it was started, std::runtime_error when it cannot be started.
    static void start(const PythonOptions& options);
    /// Throws as start() does of a forked process.
    static void check_not_forked();
    /// Whether this process has been forked since: then no Python object may be touched.
    [[nodiscard]] static bool forked() noexcept;

    [[nodiscard]] static const Names& names() noexcept;

    /// Those who need Python to stay.
    static void add_user() noexcept;
    static void remove_user() noexcept;
};

/// Lets another thread have the GIL that asks for it, as Python code does all the time: for loops
/// that may run none. False with a Python exception.
[[nodiscard]] bool let_others_in();

/// The types that requests use; null with a Python exception.
[[nodiscard]] Ref make_input_type();
[[nodiscard]] Ref make_errors_type();
[[nodiscard]] Ref make_response_type();

}  // namespace tornado::wsgi
