// wsgi.errors: a file whose lines go to the log.
#include <string>
#include <utility>

#include "interpreter.hpp"
#include "objects.hpp"
#include "python_log.hpp"

namespace tornado::wsgi {

namespace {

/// The beginning of a line.
struct Errors {
    std::string line = {};
};
using ErrorsObject = Boxed<Errors>;

constexpr std::size_t longest_line = 65'536;

void log_line(std::string& line) {
    const auto whole = std::exchange(line, {});
    log_error("wsgi.errors: ", whole);
}

void append(Errors& errors, std::string_view text) {
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        errors.line.append(text.substr(0, end));
        log_line(errors.line);
        text.remove_prefix(end + 1);
    }
    errors.line.append(text);
    if (errors.line.size() > longest_line) {
        log_line(errors.line);
    }
}

PyObject* write(PyObject* self, PyObject* text) {
    if (!PyUnicode_Check(text)) {
        PyErr_Format(
            PyExc_TypeError, "wsgi.errors takes a str, not %.100s", Py_TYPE(text)->tp_name
        );
        return nullptr;
    }
    append(ErrorsObject::of(self), to_text(text));
    return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
}

PyObject* writelines(PyObject* self, PyObject* lines) {
    const auto iterator = Ref::steal(PyObject_GetIter(lines));
    if (!iterator) {
        return nullptr;
    }
    while (const auto line = Ref::steal(PyIter_Next(iterator.get()))) {
        if (!Ref::steal(write(self, line.get()))) {
            return nullptr;
        }
    }
    return PyErr_Occurred() != nullptr ? nullptr : Py_NewRef(Py_None);
}

PyObject* flush(PyObject* self, PyObject* /*none*/) {
    flush_errors(self);
    return Py_NewRef(Py_None);
}

PyMethodDef methods[] = {
    {"write", guarded<&write>(), METH_O, "write(text): its lines go to the log"},
    {"writelines", guarded<&writelines>(), METH_O, "writelines(texts): write() for each"},
    {"flush", guarded<&flush>(), METH_NOARGS, "flush(): logs a line that is not ended"},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

Ref make_errors_type() {
    return make_type<Errors>("tornado.wsgi.Errors", methods, nullptr, nullptr);
}

Ref make_errors() {
    return ErrorsObject::make(Interpreter::names().errors_type.get());
}

void flush_errors(PyObject* errors) noexcept {
    if (auto& line = ErrorsObject::of(errors).line; !line.empty()) {
        log_line(line);
    }
}

}  // namespace tornado::wsgi
