#include "python.hpp"

#include <cxxabi.h>
#include <unistd.h>

namespace tornado::wsgi {

namespace {

/// `traceback.format_exception(error)`, joined; empty when even that fails.
std::string format(PyObject* error) {
    const auto module = Ref::steal(PyImport_ImportModule("traceback"));
    if (!module) {
        return {};
    }
    const auto lines =
        Ref::steal(PyObject_CallMethod(module.get(), "format_exception", "O", error));
    const auto nothing = Ref::steal(PyUnicode_FromString(""));
    if (!lines || !nothing) {
        return {};
    }
    const auto joined = Ref::steal(PyUnicode_Join(nothing.get(), lines.get()));
    return joined ? to_text(joined.get()) : std::string{};
}

}  // namespace

bool holds_gil() noexcept {
    auto* const own = Py_IsInitialized() != 0 ? PyGILState_GetThisThreadState() : nullptr;
    return own != nullptr && own == _PyThreadState_UncheckedGet();
}

void restore_thread(PyThreadState* thread) noexcept {
    try {
        PyEval_RestoreThread(thread);
    } catch (const abi::__forced_unwind&) {
        while (true) {
            ::pause();
        }
    }
}

Ref evaluate(const char* expression) {
    const auto globals = Ref::steal(PyDict_New());
    if (!globals) {
        return {};
    }
    return Ref::steal(PyRun_String(expression, Py_eval_input, globals.get(), globals.get()));
}

std::string take_error() {
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == nullptr) {
        return "no exception";
    }
    PyErr_NormalizeException(&type, &value, &traceback);
    const auto held_type = Ref::steal(type);
    const auto held_value = Ref::steal(value);
    const auto held_traceback = Ref::steal(traceback);
    if (held_traceback) {
        PyException_SetTraceback(held_value.get(), held_traceback.get());
    }
    auto text = format(held_value.get());
    if (text.empty()) {
        PyErr_Clear();
        text = to_text(held_type.get());
    }
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    return text;
}

bool latin1_view(PyObject* text, const char* what, std::string_view& view) {
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "%s is a str, not %.100s", what, Py_TYPE(text)->tp_name);
        return false;
    }
    if (PyUnicode_READY(text) < 0) {
        return false;
    }
    if (PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND) {
        PyErr_Format(
            PyExc_ValueError,
            "%s holds characters beyond Latin-1, which no header can carry: encode them first",
            what
        );
        return false;
    }
    view = {
        reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(text)),
        static_cast<std::size_t>(PyUnicode_GET_LENGTH(text))};
    return true;
}

std::string to_text(PyObject* object) {
    const auto text = Ref::steal(PyObject_Str(object));
    const auto bytes =
        text ? Ref::steal(PyUnicode_AsEncodedString(text.get(), "utf-8", "backslashreplace"))
             : Ref{};
    if (!bytes) {
        PyErr_Clear();
        return {};
    }
    return {
        PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

}  // namespace tornado::wsgi
