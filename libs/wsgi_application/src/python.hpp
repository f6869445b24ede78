#pragma once

// Of Python's interface we use what stays the same from 3.8 on.
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03080000
#include <Python.h>

#include <cxxabi.h>
#include <unistd.h>

#include <utility>

/// Apart, as a program may have libs/wsgi too, which knows more of Python.
namespace tornado::wsgi::stable_abi {

/// A Python exception is set: it is to be raised as it is.
struct PythonError {};

/// Calls Python, which may let the GIL go. When Python ends meanwhile, it ends the threads that
/// want the GIL back, by unwinding their stacks (up to version 3.13): through ours, whose
/// references are then nobody's to free. Such a thread stays where it is instead, as from 3.14 on.
template <typename F>
auto calling_python(F function) -> decltype(function()) {
    try {
        return function();
    } catch (const abi::__forced_unwind&) {
        while (true) {
            ::pause();
        }
    }
}

inline void take_gil(PyThreadState* thread) {
    calling_python([thread] { PyEval_RestoreThread(thread); });
}

class Ref {
public:
    /// Takes over a reference. Throws PythonError for null.
    explicit Ref(PyObject* object) : object_{object} {
        if (object == nullptr) {
            throw PythonError{};
        }
    }
    Ref(Ref&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
    ~Ref() { Py_XDECREF(object_); }

    [[nodiscard]] PyObject* get() const noexcept { return object_; }
    [[nodiscard]] PyObject* release() noexcept { return std::exchange(object_, nullptr); }

private:
    PyObject* object_;
};

}  // namespace tornado::wsgi::stable_abi
