#include "runner.hpp"

#include <unistd.h>

#include <exception>
#include <string>
#include <utility>

#include "environ.hpp"
#include "interpreter.hpp"
#include "objects.hpp"
#include "python_log.hpp"
#include "response_writer.hpp"

namespace tornado::wsgi {

namespace {

/// What sys.exit() was given, as the status of a process.
int status_of_exit() {
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const auto code = Ref::steal(PyObject_GetAttrString(value, "code"));
    if (!code || code.get() == Py_None) {
        PyErr_Clear();
        return 0;
    }
    if (PyLong_Check(code.get()) != 0) {
        return static_cast<int>(PyLong_AsLong(code.get()));
    }
    PySys_FormatStderr("%S\n", code.get());
    return 1;
}

void flush(const char* stream) {
    auto* const file = PySys_GetObject(stream);  // borrowed
    if (file != nullptr && file != Py_None) {
        static_cast<void>(Ref::steal(PyObject_CallMethod(file, "flush", nullptr)));
        PyErr_Clear();
    }
}

/// In a process that the application has forked, and that comes back out of it: ends that as Python
/// would its own. It has the parent's sockets, and none of its threads.
void end_if_forked() {
    if (!Interpreter::forked()) {
        return;
    }
    int status = 0;
    if (PyErr_ExceptionMatches(PyExc_SystemExit) != 0) {
        status = status_of_exit();
    } else if (PyErr_Occurred() != nullptr) {
        PyErr_Print();
        status = 1;
    }
    flush("stdout");
    flush("stderr");
    ::_exit(status);
}

Ref next_piece(PyObject* iterator) {
    auto piece = Ref::steal(PyIter_Next(iterator));
    end_if_forked();
    return piece;
}

bool iterate(PyObject* iterable, ResponseWriter& writer) {
    if (PyBytes_Check(iterable) || PyUnicode_Check(iterable)) {
        PyErr_Format(
            PyExc_TypeError,
            "a WSGI application returns a list of bytes, not %.100s itself",
            Py_TYPE(iterable)->tp_name
        );
        return false;
    }
    const auto iterator = Ref::steal(PyObject_GetIter(iterable));
    if (!iterator) {
        return false;
    }
    while (const auto piece = next_piece(iterator.get())) {
        if (writer.send(piece.get())) {
            continue;
        }
        if (PyErr_Occurred() == nullptr && writer.is_complete()) {
            // What it does behind its last piece is done as well.
            if (const auto more = next_piece(iterator.get())) {
                writer.send(more.get());  // which is too much
            }
        }
        return PyErr_Occurred() == nullptr;
    }
    return PyErr_Occurred() == nullptr;
}

/// Sends what the application has returned.
bool deliver(PyObject* result, ResponseWriter& writer) {
    if (PyList_CheckExact(result) || PyTuple_CheckExact(result)) {
        return (writer.send_all(result) || PyErr_Occurred() == nullptr) &&
               (writer.is_gone() || writer.end());
    }
    bool handled = false;
    if (!writer.send_file(result, handled)) {
        return false;
    }
    if (handled) {
        return true;
    }
    return iterate(result, writer) && (writer.is_gone() || writer.end());
}

/// Calls the result's close(), if it has one. What that raises can change nothing any more.
void close(PyObject* result, const RequestFacts& facts) {
    const auto& names = Interpreter::names();
    if (PyList_CheckExact(result) || PyTuple_CheckExact(result)) {
        return;
    }
    const auto method = Ref::steal(PyObject_GetAttr(result, names.close.get()));
    if (!method && PyErr_ExceptionMatches(PyExc_AttributeError) != 0) {
        PyErr_Clear();
        return;
    }
    const auto closed = method ? Ref::steal(PyObject_CallNoArgs(method.get())) : Ref{};
    end_if_forked();
    if (!closed) {
        const auto text = take_error();
        log_error("Uncaught exception in close() of the response to ", name_of(facts), "\n", text);
    }
}

}  // namespace

Runner::Runner(Ref app, Ref base_environ, bool serve_traceback) noexcept
    : app_{std::move(app)},
      base_environ_{std::move(base_environ)},
      serve_traceback_{serve_traceback} {}

void Runner::clear() noexcept {
    app_ = {};
    base_environ_ = {};
}

void Runner::run(const std::shared_ptr<Job>& job) {
    Ref response;
    try {
        serve(job, response);
    } catch (const std::exception& error) {  // of memory, most likely
        PyErr_Clear();
        job->output.put({.end = Output::End::broken}, job);
        log_error("A request cannot be served: ", error.what(), " ", name_of(job->facts));
    }
    if (response) {
        cut_off(response.get());
    }
    job->input.close();
}

/// Leaves in `response` what the application may have kept.
void Runner::serve(const std::shared_ptr<Job>& job, Ref& response) {
    const auto held = std::make_shared<ResponseWriter>(job);
    auto& writer = *held;
    const auto input = make_input(job);
    const auto errors = input ? make_errors() : Ref{};
    response = errors ? make_response(held) : Ref{};
    const auto start_response = response ? make_start_response(response.get()) : Ref{};
    const auto environ =
        start_response ? make_environ(base_environ_.get(), job->facts, input.get(), errors.get())
                       : Ref{};
    bool done = false;
    if (environ && !writer.is_gone()) {
        PyObject* const args[] = {environ.get(), start_response.get()};
        const auto result = Ref::steal(PyObject_Vectorcall(app_.get(), args, 2, nullptr));
        end_if_forked();
        done = result && (writer.is_gone() || deliver(result.get(), writer));
        if (!done) {
            const auto text = take_error();
            if (!writer.is_gone()) {  // or that is why
                log_error("Uncaught exception ", name_of(job->facts), "\n", text);
            }
            writer.fail(serve_traceback_ ? text : std::string{});
        }
        if (result) {
            close(result.get(), job->facts);
        }
    } else if (!environ) {
        const auto text = take_error();
        log_error("Uncaught exception ", name_of(job->facts), "\n", text);
    }
    writer.fail({});  // if it is not over: the client has gone, and the loop must hear of the end
    if (errors) {
        flush_errors(errors.get());
    }
}

}  // namespace tornado::wsgi
