#pragma once

#include "python.hpp"
#include "tornado/wsgi_application/wsgi_application.hpp"

namespace tornado::wsgi {

/// The type of the iterators by which a server gets a large response piece by piece. Null with a
/// Python exception.
[[nodiscard]] PyObject* make_response_body_type() noexcept;

/// An iterator over the bytes of a response. Throws PythonError.
[[nodiscard]] PyObject* make_response_body(PyObject* type, WSGIResponse response);

}  // namespace tornado::wsgi
