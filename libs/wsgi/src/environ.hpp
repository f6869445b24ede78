#pragma once

#include "job.hpp"
#include "python.hpp"

namespace tornado::wsgi {

/// What all requests of a container have in their environ; null with a Python exception.
[[nodiscard]] Ref
make_base_environ(bool multithread, bool multiprocess, std::string_view script_name);

/// A request's environ; null with a Python exception.
[[nodiscard]] Ref
make_environ(PyObject* base, const RequestFacts& facts, PyObject* input, PyObject* errors);

}  // namespace tornado::wsgi
