#pragma once

#include <exception>
#include <memory>
#include <new>

#include "job.hpp"
#include "python.hpp"

namespace tornado::wsgi {

class ResponseWriter;

/// `wsgi.input` of a job; null with a Python exception.
[[nodiscard]] Ref make_input(std::shared_ptr<Job> job);

/// `wsgi.errors`, whose lines go to the log; null with a Python exception.
[[nodiscard]] Ref make_errors();
/// Logs what has come of a line that is not ended.
void flush_errors(PyObject* errors) noexcept;

/// What the application has of a response: `start_response`, and `write` which that returns. Holds
/// the writer until cut_off().
[[nodiscard]] Ref make_response(std::shared_ptr<ResponseWriter> writer);
[[nodiscard]] Ref make_start_response(PyObject* response);
void cut_off(PyObject* response) noexcept;

/// A function of ours that Python calls: no C++ exception goes on into Python's own frames.
template <auto function>
struct Guarded;
template <typename... Args, PyObject* (*function)(Args...)>
struct Guarded<function> {
    static PyObject* call(Args... args) {
        try {
            return function(args...);
        } catch (const std::bad_alloc&) {
            PyErr_NoMemory();
        } catch (const std::exception& error) {
            PyErr_SetString(PyExc_RuntimeError, error.what());
        }
        return nullptr;
    }
};

/// The same as tables of methods hold it.
template <auto function>
PyCFunction guarded() noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&Guarded<function>::call));
}

/// An object of a heap type of ours, with its C++ part in place; see make_type().
template <typename T>
struct Boxed {
    PyObject head;
    T value;

    [[nodiscard]] static T& of(PyObject* object) noexcept {
        return reinterpret_cast<Boxed*>(object)->value;
    }
    template <typename... Args>
    [[nodiscard]] static Ref make(PyObject* type, Args&&... args) {
        auto* const python_type = reinterpret_cast<PyTypeObject*>(type);
        auto object = Ref::steal(python_type->tp_alloc(python_type, 0));
        if (object) {
            ::new (static_cast<void*>(&of(object.get()))) T{std::forward<Args>(args)...};
        }
        return object;
    }
    static void dealloc(PyObject* object) noexcept {
        auto* const type = Py_TYPE(object);
        of(object).~T();
        type->tp_free(object);
        Py_DECREF(type);
    }
};

/// A type that Python code cannot make objects of; null with a Python exception.
template <typename T>
[[nodiscard]] Ref
make_type(const char* name, PyMethodDef* methods, getiterfunc iter, iternextfunc next) {
    PyType_Slot slots[] = {
        {Py_tp_dealloc, reinterpret_cast<void*>(&Boxed<T>::dealloc)},
        {Py_tp_methods, methods},
        {iter != nullptr ? Py_tp_iter : 0, reinterpret_cast<void*>(iter)},
        {next != nullptr ? Py_tp_iternext : 0, reinterpret_cast<void*>(next)},
        {0, nullptr}};
    PyType_Spec spec{
        name,
        static_cast<int>(sizeof(Boxed<T>)),
        0,
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
        slots};
    return Ref::steal(PyType_FromSpec(&spec));
}

}  // namespace tornado::wsgi
