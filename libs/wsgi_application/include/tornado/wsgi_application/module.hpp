#pragma once

#include <memory>

#include "tornado/web/application.hpp"

struct _object;  // Python's PyObject

namespace tornado::wsgi {

/// What TORNADO_WSGI_MODULE() expands to a call of.
[[nodiscard]] _object*
init_module(const char* name, std::unique_ptr<web::Application> (*make_application)());

}  // namespace tornado::wsgi

/// Makes a Python module `name` out of the file that it stands in, with a WSGI application of that
/// name, `application`, in it; `make_application` is a function that returns a
/// std::unique_ptr<web::Application>. See WSGIApplication for how and when it is called.
///
/// In CMake, `tornado_add_wsgi_module(hello SOURCES hello.cpp)` builds it; then
/// `gunicorn hello:application` serves it.
///
///     std::unique_ptr<web::Application> make_application() {
///         return std::make_unique<web::Application>(std::vector{web::url<MainHandler>("/")});
///     }
///     TORNADO_WSGI_MODULE(hello, make_application)
#define TORNADO_WSGI_MODULE(name, make_application)                       \
    extern "C" [[gnu::visibility("default")]] ::_object* PyInit_##name(); \
    extern "C" ::_object* PyInit_##name() {                               \
        return ::tornado::wsgi::init_module(#name, make_application);     \
    }
