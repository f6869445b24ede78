// start_response and write(), as the application has them.
#include <memory>
#include <utility>

#include "interpreter.hpp"
#include "objects.hpp"
#include "response_writer.hpp"

namespace tornado::wsgi {

namespace {

/// Null once the request is over. Who uses the writer takes a copy of the pointer first: the
/// request may end on its own thread while another one waits in here.
struct Response {
    std::shared_ptr<ResponseWriter> writer;
};
using ResponseObject = Boxed<Response>;

std::shared_ptr<ResponseWriter> writer_of(PyObject* self) {
    auto writer = ResponseObject::of(self).writer;
    if (writer == nullptr) {
        PyErr_SetString(
            PyExc_RuntimeError,
            "start_response() and write() can be called only during their request"
        );
    }
    return writer;
}

PyObject* write(PyObject* self, PyObject* bytes) {
    const auto writer = writer_of(self);
    if (writer == nullptr) {
        return nullptr;
    }
    if (!writer->send(bytes) && (!writer->is_over() || PyErr_Occurred() != nullptr)) {
        if (PyErr_Occurred() == nullptr) {
            PyErr_SetString(PyExc_ConnectionResetError, "the client has gone");
        }
        return nullptr;
    }
    if (writer->is_too_long()) {
        PyErr_SetString(
            PyExc_AssertionError, "write() has been given more than the Content-Length allows"
        );
        return nullptr;
    }
    return Py_NewRef(Py_None);
}

PyMethodDef write_function{"write", guarded<&write>(), METH_O, "write(data): a piece of the body"};

PyObject* start_response(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    const auto writer = writer_of(self);
    if (writer == nullptr) {
        return nullptr;
    }
    if (count < 2 || count > 3) {
        PyErr_SetString(
            PyExc_TypeError, "start_response() takes a status, a list of headers and maybe exc_info"
        );
        return nullptr;
    }
    if (!writer->start(args[0], args[1], count == 3 ? args[2] : nullptr)) {
        return nullptr;
    }
    return PyCFunction_New(&write_function, self);
}

PyMethodDef start_response_function{
    "start_response",
    guarded<&start_response>(),
    METH_FASTCALL,
    "start_response(status, headers, exc_info=None): begins the response"};

PyMethodDef no_methods[] = {{nullptr, nullptr, 0, nullptr}};

}  // namespace

Ref make_response_type() {
    return make_type<Response>("tornado.wsgi.Response", no_methods, nullptr, nullptr);
}

Ref make_response(std::shared_ptr<ResponseWriter> writer) {
    return ResponseObject::make(Interpreter::names().response_type.get(), std::move(writer));
}

Ref make_start_response(PyObject* response) {
    return Ref::steal(PyCFunction_New(&start_response_function, response));
}

void cut_off(PyObject* response) noexcept {
    ResponseObject::of(response).writer.reset();
}

}  // namespace tornado::wsgi
