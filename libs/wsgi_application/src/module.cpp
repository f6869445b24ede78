// The application as Python sees it.
#include "tornado/wsgi_application/module.hpp"
#include "python.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "request_text.hpp"
#include "response_body.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/wsgi_application/wsgi_application.hpp"

namespace tornado::wsgi {

using namespace stable_abi;

namespace {

struct ClientGone : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string bytes_of(PyObject* bytes) {
    char* data = nullptr;
    Py_ssize_t size = 0;
    if (PyBytes_AsStringAndSize(bytes, &data, &size) < 0) {
        throw PythonError{};
    }
    return {data, static_cast<std::size_t>(size)};
}

/// The bytes that a str of an environ stands for.
std::string native(PyObject* text) {
    return bytes_of(Ref{PyUnicode_AsLatin1String(text)}.get());
}

Ref latin1(std::string_view bytes) {
    return Ref{
        PyUnicode_DecodeLatin1(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr)};
}

std::string item(PyObject* env, const char* key) {
    auto* const value = PyDict_GetItemString(env, key);  // borrowed
    return value != nullptr ? native(value) : std::string{};
}

/// The request's body, read from wsgi.input as far as the server says that it goes.
class Body {
public:
    explicit Body(PyObject* env)
        : input_{PyDict_GetItemString(env, "wsgi.input")},
          left_{length(env)} {}

    [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return left_; }

    /// Called without the GIL.
    std::string read(PyThreadState*& thread, std::size_t most) {
        if (left_) {
            most = static_cast<std::size_t>(std::min<std::uint64_t>(most, *left_));
        }
        if (most == 0 || input_ == nullptr) {
            return {};
        }
        auto bytes = read_with_gil(thread, most);
        if (left_) {
            if (bytes.empty()) {
                throw ClientGone{"the client went before its request was complete"};
            }
            *left_ -= std::min<std::uint64_t>(bytes.size(), *left_);
        }
        return bytes;
    }

private:
    std::string read_with_gil(PyThreadState*& thread, std::size_t most) {
        std::string bytes;
        std::exception_ptr failure;
        take_gil(thread);
        try {
            const Ref piece{calling_python([&] {
                return PyObject_CallMethod(input_, "read", "n", static_cast<Py_ssize_t>(most));
            })};
            bytes = bytes_of(piece.get());
        } catch (...) {
            failure = std::current_exception();
        }
        thread = PyEval_SaveThread();  // nothing of Python's is held by now
        if (failure) {
            std::rethrow_exception(failure);
        }
        return bytes;
    }

    /// nullopt: until it ends.
    static std::optional<std::uint64_t> length(PyObject* env) {
        const auto text = item(env, "CONTENT_LENGTH");
        std::uint64_t number = 0;
        const auto* const end = text.data() + text.size();
        if (const auto parsed = std::from_chars(text.data(), end, number);
            !text.empty() && parsed.ec == std::errc{} && parsed.ptr == end) {
            return number;
        }
        auto* const terminated = PyDict_GetItemString(env, "wsgi.input_terminated");
        return terminated != nullptr && PyObject_IsTrue(terminated) == 1
                   ? std::nullopt
                   : std::optional<std::uint64_t>{0};
    }

    PyObject* input_;  ///< the environ's
    std::optional<std::uint64_t> left_;
};

/// The header field that a key stands for; empty for others, which may hold any character: wsgiref
/// puts the environment of its process among them.
std::string field_of(PyObject* key) {
    auto* const bytes = PyUnicode_AsLatin1String(key);
    if (bytes == nullptr) {
        PyErr_Clear();
        return {};
    }
    return field_name(bytes_of(Ref{bytes}.get()));
}

void add_fields(httputil::HTTPHeaders& headers, PyObject* env) {
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    Py_ssize_t position = 0;
    while (PyDict_Next(env, &position, &key, &value) != 0) {
        if (PyUnicode_Check(key) == 0 || PyUnicode_Check(value) == 0) {
            continue;
        }
        if (const auto name = field_of(key); !name.empty()) {
            if (const auto text = native(value); !text.empty()) {
                headers.add(name, text);
            }
        }
    }
}

void fill_request(WSGIRequest& request, PyObject* env) {
    request.protocol = item(env, "wsgi.url_scheme");
    request.remote_ip = item(env, "REMOTE_ADDR");
    request.method = item(env, "REQUEST_METHOD");
    request.target = quote_path(item(env, "SCRIPT_NAME") + item(env, "PATH_INFO"));
    if (request.target.empty()) {
        request.target = "/";
    }
    if (const auto query = item(env, "QUERY_STRING"); !query.empty()) {
        request.target.append("?").append(quote_query(query));
    }
    add_fields(request.headers, env);
    if (!request.headers.contains(httputil::KnownHeader::host)) {
        request.headers.add(
            "Host", host_of_server(item(env, "SERVER_NAME"), item(env, "SERVER_PORT"))
        );
    }
}

WSGIResponse bad_request() {
    WSGIResponse response;
    response.status = 400;
    response.reason = "Bad Request";
    response.body = "<html><title>400: Bad Request</title><body>400: Bad Request</body></html>";
    response.headers.add("Content-Type", "text/html; charset=UTF-8");
    response.headers.add("Content-Length", std::to_string(response.body.size()));
    return response;
}

WSGIResponse serve(const WSGIApplication& application, PyObject* env) {
    WSGIRequest request;
    try {
        fill_request(request, env);
    } catch (const httputil::HTTPInputError&) {  // a field that HTTP cannot carry
        auto* const thread = PyEval_SaveThread();
        log_refusal(request, 400);
        take_gil(thread);
        return bad_request();
    }
    Body body{env};
    if (body.size().value_or(0) != 0) {
        request.headers.set("Content-Length", std::to_string(*body.size()));
    }
    WSGIResponse response;
    std::exception_ptr failure;
    auto* thread = PyEval_SaveThread();
    try {
        request.read_body = [&](std::size_t most) { return body.read(thread, most); };
        response = application(std::move(request));
    } catch (...) {
        failure = std::current_exception();
    }
    take_gil(thread);
    if (failure) {
        std::rethrow_exception(failure);
    }
    return response;
}

PyObject* respond(WSGIResponse response, PyObject* start_response, PyObject* body_type) {
    const Ref headers{PyList_New(0)};
    for (const auto field : response.headers) {
        const Ref name = latin1(field.name);
        const Ref value = latin1(field.value);
        const Ref pair{PyTuple_Pack(2, name.get(), value.get())};
        if (PyList_Append(headers.get(), pair.get()) < 0) {
            throw PythonError{};
        }
    }
    const Ref status = latin1(std::to_string(response.status) + " " + response.reason);
    const Ref write{calling_python([&] {
        return PyObject_CallFunctionObjArgs(start_response, status.get(), headers.get(), nullptr);
    })};
    constexpr std::size_t large = std::size_t{256} * 1024;
    if (!response.files.empty() || response.body.size() > large) {
        return make_response_body(body_type, std::move(response));
    }
    Ref body{PyBytes_FromStringAndSize(
        response.body.data(), static_cast<Py_ssize_t>(response.body.size())
    )};
    Ref list{PyList_New(1)};
    PyList_SetItem(list.get(), 0, body.release());
    return list.release();
}

/// What a module holds. Python never unloads it.
struct ModuleState {
    WSGIApplication* application;
    PyObject* body_type;
};

ModuleState& state_of(PyObject* module) {
    return *static_cast<ModuleState*>(PyModule_GetState(module));
}

PyObject* call(PyObject* module, PyObject* args) noexcept {
    PyObject* env = nullptr;
    PyObject* start_response = nullptr;
    if (PyArg_UnpackTuple(args, "application", 2, 2, &env, &start_response) == 0) {
        return nullptr;
    }
    if (PyDict_Check(env) == 0) {
        PyErr_SetString(PyExc_TypeError, "environ is a dict");
        return nullptr;
    }
    try {
        const auto& state = state_of(module);
        return respond(serve(*state.application, env), start_response, state.body_type);
    } catch (const PythonError&) {
    } catch (const ClientGone& gone) {
        PyErr_SetString(PyExc_ConnectionResetError, gone.what());
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    } catch (...) {
        PyErr_SetString(PyExc_RuntimeError, "the application cannot be made");
    }
    return nullptr;
}

PyMethodDef methods[] = {
    {"application", &call, METH_VARARGS, "application(environ, start_response): see PEP 3333"},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

_object* init_module(const char* name, std::unique_ptr<web::Application> (*make_application)()) {
    // Python refers to it from now on.
    auto* const definition = new PyModuleDef{
        PyModuleDef_HEAD_INIT,
        name,
        nullptr,
        sizeof(ModuleState),
        methods,
        nullptr,
        nullptr,
        nullptr,
        nullptr};
    auto* const body_type = make_response_body_type();
    auto* const module = body_type != nullptr ? PyModule_Create(definition) : nullptr;
    if (module != nullptr) {
        state_of(module) = {new WSGIApplication{make_application}, body_type};
    }
    return module;
}

}  // namespace tornado::wsgi
