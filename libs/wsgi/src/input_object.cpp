// wsgi.input: the request's body as a file.
#include <exception>
#include <string>

#include "interpreter.hpp"
#include "objects.hpp"

namespace tornado::wsgi {

namespace {

/// What has come and is not read yet. Only with the GIL.
struct Input {
    std::shared_ptr<Job> job;
    std::string text = {};
    std::size_t position = 0;

    [[nodiscard]] std::size_t size() const noexcept { return text.size() - position; }
};
using InputObject = Boxed<Input>;

/// Waits for more. 1: there is more, 0: that was all, -1: a Python exception.
int take_more(Input& input) {
    std::string more;
    const auto job = input.job;  // the object may go meanwhile, with the last who holds it
    bool came = false;
    std::string failure;
    {
        const WithoutGIL waiting;
        try {
            came = job->input.take(more);
        } catch (const std::exception& error) {  // of the disk
            failure = error.what();
        }
    }
    if (!failure.empty()) {
        PyErr_SetString(PyExc_OSError, failure.c_str());
        return -1;
    }
    if (came) {
        input.text.erase(0, input.position);
        input.position = 0;
        if (input.text.empty()) {
            input.text = std::move(more);
        } else {
            input.text.append(more);
        }
        return 1;
    }
    switch (job->input.state()) {
        case RequestPipe::State::broken:
            PyErr_SetString(
                PyExc_ConnectionResetError, "the client went before its request was complete"
            );
            return -1;
        case RequestPipe::State::slow:
            PyErr_SetString(PyExc_ConnectionResetError, "the client sends its request too slowly");
            return -1;
        case RequestPipe::State::closed:
            PyErr_SetString(PyExc_ValueError, "wsgi.input can be read only during its request");
            return -1;
        default:
            return 0;
    }
}

PyObject* take_bytes(Input& input, std::size_t size) {
    auto* const bytes = PyBytes_FromStringAndSize(
        input.text.data() + input.position, static_cast<Py_ssize_t>(size)
    );
    if (bytes != nullptr) {
        input.position += size;
        if (input.size() == 0) {
            input.text = {};
            input.position = 0;
        }
    }
    return bytes;
}

/// The one argument that a method may have: a size, where None and what is negative mean all.
bool parse_size(PyObject* const* args, Py_ssize_t count, const char* method, std::size_t& size) {
    size = static_cast<std::size_t>(PY_SSIZE_T_MAX);
    if (count > 1) {
        PyErr_Format(PyExc_TypeError, "%s() takes one argument at most", method);
        return false;
    }
    if (count == 0 || args[0] == Py_None) {
        return true;
    }
    const auto given = PyNumber_AsSsize_t(args[0], PyExc_OverflowError);
    if (given == -1 && PyErr_Occurred() != nullptr) {
        return false;
    }
    if (given >= 0) {
        size = static_cast<std::size_t>(given);
    }
    return true;
}

PyObject* read(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    std::size_t size = 0;
    if (!parse_size(args, count, "read", size)) {
        return nullptr;
    }
    auto& input = InputObject::of(self);
    while (input.size() < size) {
        const int more = take_more(input);
        if (more < 0) {
            return nullptr;
        }
        if (more == 0) {
            break;
        }
    }
    return take_bytes(input, std::min(size, input.size()));
}

/// A line with its end, of at most so many bytes; empty when there is no more.
PyObject* read_line(Input& input, std::size_t size) {
    std::size_t searched = 0;
    while (true) {
        const auto rest = std::string_view{input.text}.substr(input.position);
        const auto end = rest.substr(0, size).find('\n', searched);
        if (end != rest.npos || rest.size() >= size) {
            return take_bytes(input, std::min(end == rest.npos ? size : end + 1, size));
        }
        searched = rest.size();
        const int more = take_more(input);
        if (more < 0) {
            return nullptr;
        }
        if (more == 0) {
            return take_bytes(input, input.size());
        }
    }
}

PyObject* readline(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    std::size_t size = 0;
    return parse_size(args, count, "readline", size) ? read_line(InputObject::of(self), size)
                                                     : nullptr;
}

PyObject* next(PyObject* self) {
    auto line =
        Ref::steal(read_line(InputObject::of(self), static_cast<std::size_t>(PY_SSIZE_T_MAX)));
    return line && PyBytes_GET_SIZE(line.get()) != 0 ? line.release() : nullptr;
}

PyObject* readlines(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    std::size_t hint = 0;
    if (!parse_size(args, count, "readlines", hint)) {
        return nullptr;
    }
    auto lines = Ref::steal(PyList_New(0));
    std::size_t size = 0;
    while (lines && (size < hint || hint == 0)) {
        const auto line = Ref::steal(next(self));
        if (!line) {
            return PyErr_Occurred() != nullptr ? nullptr : lines.release();
        }
        size += static_cast<std::size_t>(PyBytes_GET_SIZE(line.get()));
        if (PyList_Append(lines.get(), line.get()) < 0) {
            return nullptr;
        }
    }
    return lines.release();
}

PyMethodDef methods[] = {
    {"read", guarded<&read>(), METH_FASTCALL, "read(size=-1): so many bytes, or all"},
    {"readline", guarded<&readline>(), METH_FASTCALL, "readline(size=-1): the next line"},
    {"readlines", guarded<&readlines>(), METH_FASTCALL, "readlines(hint=-1): a list of lines"},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

Ref make_input_type() {
    return make_type<Input>(
        "tornado.wsgi.Input", methods, &PyObject_SelfIter, &Guarded<&next>::call
    );
}

Ref make_input(std::shared_ptr<Job> job) {
    return InputObject::make(Interpreter::names().input_type.get(), std::move(job));
}

}  // namespace tornado::wsgi
