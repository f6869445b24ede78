#include "response_body.hpp"

#include <algorithm>
#include <exception>
#include <string>

namespace tornado::wsgi {

using namespace stable_abi;

namespace {

constexpr std::size_t piece_size = 65'536;

struct ResponseBody {
    PyObject_HEAD WSGIResponse* response;  ///< null: at its end, or closed
    std::size_t next;                      ///< in what is in memory

    static ResponseBody& of(PyObject* self) noexcept {
        return *reinterpret_cast<ResponseBody*>(self);
    }
    void close() noexcept { delete std::exchange(response, nullptr); }
};

PyObject* bytes(std::string_view text) {
    return PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

/// The next bytes of the files, which are read while others may use Python; empty at the end.
std::string read_files(WSGIResponse& response) {
    auto& files = response.files;
    std::string piece;
    while (piece.empty() && !files.empty()) {
        std::exception_ptr failure;
        auto* const thread = PyEval_SaveThread();
        try {
            piece = files.front().read(piece_size);
        } catch (...) {
            failure = std::current_exception();
        }
        take_gil(thread);
        if (failure) {
            std::rethrow_exception(failure);
        }
        if (files.front().size() == 0) {
            files.erase(files.begin());
        }
    }
    return piece;
}

PyObject* next(PyObject* object) noexcept {
    auto& self = ResponseBody::of(object);
    if (self.response == nullptr) {
        return nullptr;
    }
    // Who calls from several threads, or closes it meanwhile, finds it at its end.
    std::unique_ptr<WSGIResponse> response{std::exchange(self.response, nullptr)};
    try {
        const auto rest = std::string_view{response->body}.substr(self.next);
        PyObject* piece = nullptr;
        if (!rest.empty()) {
            piece = bytes(rest.substr(0, piece_size));
            self.next += std::min(rest.size(), piece_size);
        } else {
            response->body = {};
            self.next = 0;
            const auto text = read_files(*response);
            piece = text.empty() ? nullptr : bytes(text);
        }
        if (piece != nullptr) {
            self.response = response.release();
        }
        return piece;
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_OSError, error.what());
        return nullptr;
    }
}

PyObject* close(PyObject* object, PyObject* /*none*/) noexcept {
    ResponseBody::of(object).close();
    Py_INCREF(Py_None);
    return Py_None;
}

void dealloc(PyObject* object) noexcept {
    auto* const type = Py_TYPE(object);
    ResponseBody::of(object).close();
    reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(reinterpret_cast<PyObject*>(type));
}

PyMethodDef methods[] = {
    {"close", &close, METH_NOARGS, "close(): lets its files go"},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyObject* make_response_body_type() noexcept {
    PyType_Slot slots[] = {
        {Py_tp_dealloc, reinterpret_cast<void*>(&dealloc)},
        {Py_tp_iter, reinterpret_cast<void*>(&PyObject_SelfIter)},
        {Py_tp_iternext, reinterpret_cast<void*>(&next)},
        {Py_tp_methods, methods},
        {0, nullptr}};
    PyType_Spec spec{"tornado.ResponseBody", sizeof(ResponseBody), 0, Py_TPFLAGS_DEFAULT, slots};
    return PyType_FromSpec(&spec);
}

PyObject* make_response_body(PyObject* type, WSGIResponse response) {
    auto held = std::make_unique<WSGIResponse>(std::move(response));
    Ref body{PyType_GenericAlloc(reinterpret_cast<PyTypeObject*>(type), 0)};
    ResponseBody::of(body.get()).response = held.release();
    return body.release();
}

}  // namespace tornado::wsgi
