#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if PY_VERSION_HEX < 0x030A0000
#error "tornado::wsgi needs Python 3.10 or a later one"
#endif

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tornado::wsgi {

/// Holds a Python object. Whoever copies or destroys one that is not empty has the GIL.
class Ref {
public:
    Ref() noexcept = default;
    /// Takes over a reference, such as Python's functions return; null stays null.
    [[nodiscard]] static Ref steal(PyObject* object) noexcept { return Ref{object}; }
    [[nodiscard]] static Ref borrow(PyObject* object) noexcept { return Ref{Py_XNewRef(object)}; }
    Ref(const Ref& other) noexcept : object_{Py_XNewRef(other.object_)} {}
    Ref(Ref&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
    Ref& operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref() { Py_XDECREF(object_); }

    explicit operator bool() const noexcept { return object_ != nullptr; }
    [[nodiscard]] PyObject* get() const noexcept { return object_; }
    [[nodiscard]] PyObject* release() noexcept { return std::exchange(object_, nullptr); }

private:
    explicit Ref(PyObject* object) noexcept : object_{object} {}

    PyObject* object_ = nullptr;
};

/// Takes the GIL, on any thread.
class GILScope {
public:
    GILScope() noexcept : state_{PyGILState_Ensure()} {}
    GILScope(const GILScope&) = delete;
    GILScope& operator=(const GILScope&) = delete;
    ~GILScope() { PyGILState_Release(state_); }

private:
    PyGILState_STATE state_;
};

/// Whether this thread holds it. (PyGILState_Check() says yes to all once there has been a
/// subinterpreter.)
[[nodiscard]] bool holds_gil() noexcept;

/// Takes the GIL again, with what PyEval_SaveThread() has returned. When Python ends meanwhile, it
/// ends the thread by unwinding its stack (up to version 3.13), which nothing here could bear: the
/// thread stays where it is instead, as from 3.14 on.
void restore_thread(PyThreadState* thread) noexcept;

/// Lets other threads have the GIL while this one waits.
class WithoutGIL {
public:
    WithoutGIL() noexcept : thread_{PyEval_SaveThread()} {}
    WithoutGIL(const WithoutGIL&) = delete;
    WithoutGIL& operator=(const WithoutGIL&) = delete;
    ~WithoutGIL() { restore_thread(thread_); }

private:
    PyThreadState* thread_;
};

/// The same where it may or may not be held.
class MaybeWithoutGIL {
public:
    MaybeWithoutGIL() noexcept {
        if (holds_gil()) {
            waiting_.emplace();
        }
    }

private:
    std::optional<WithoutGIL> waiting_;
};

/// The value of an expression; null with a Python exception.
[[nodiscard]] Ref evaluate(const char* expression);

/// The present Python exception as Python prints it, with its traceback; clears it.
[[nodiscard]] std::string take_error();

/// What a str holds, each character a byte. False, with a Python exception that says so of `what`,
/// when it is no str or holds characters beyond Latin-1.
[[nodiscard]] bool latin1_view(PyObject* text, const char* what, std::string_view& view);

/// A str of these bytes, each a character; null with a Python exception.
[[nodiscard]] inline Ref latin1(std::string_view bytes) {
    return Ref::steal(
        PyUnicode_DecodeLatin1(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr)
    );
}

/// A str of UTF-8, with U+FFFD for what is none; null with a Python exception.
[[nodiscard]] inline Ref utf8(std::string_view bytes) {
    return Ref::steal(
        PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace")
    );
}

/// A str's UTF-8, or what str() makes of another object; empty, without an exception, if that
/// fails.
[[nodiscard]] std::string to_text(PyObject* object);

}  // namespace tornado::wsgi
