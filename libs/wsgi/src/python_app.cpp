#include "tornado/wsgi/python_app.hpp"

#include <set>
#include <utility>

#include "interpreter.hpp"
#include "tornado/log.hpp"

namespace tornado::wsgi {

struct PythonApp::Held {
    explicit Held(Ref callable) noexcept : object{std::move(callable)} { Interpreter::add_user(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
        if (Interpreter::forked()) {
            static_cast<void>(object.release());  // nobody's to free here
        } else {
            const GILScope gil;
            object = {};
        }
        Interpreter::remove_user();
    }

    Ref object;
};

namespace {

/// The parts of "module:attribute" or "module:factory()".
struct AppName {
    std::string module;
    std::string attribute;
    bool is_factory = false;
};

AppName parse_name(std::string_view name) {
    const auto colon = name.find(':');
    AppName parsed{
        std::string{name.substr(0, colon)},
        colon == name.npos ? "application" : std::string{name.substr(colon + 1)}};
    if (parsed.attribute.ends_with("()")) {
        parsed.attribute.resize(parsed.attribute.size() - 2);
        parsed.is_factory = true;
    }
    if (parsed.module.empty() || parsed.attribute.empty() ||
        parsed.module.find('/') != std::string::npos || parsed.module.ends_with(".py")) {
        throw LoadError{
            "a WSGI application is named as module:attribute, such as hello:app for `app` in "
            "hello.py, unlike " +
            std::string{name}};
    }
    return parsed;
}

[[noreturn]] void fail_within(const std::string& sentence) {
    throw LoadError{sentence, take_error()};
}

void extend_path(const std::vector<std::string>& folders) {
    auto* const path = PySys_GetObject("path");  // borrowed
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
        const auto text = utf8(*folder);
        if (path == nullptr || !text || PyList_Insert(path, 0, text.get()) < 0) {
            fail_within("Python's path cannot be extended");
        }
    }
}

/// Whether the present exception says that `module`, or a package that it is in, does not exist:
/// and not another one that it imports.
bool is_missing(const std::string& module) {
    if (PyErr_ExceptionMatches(PyExc_ModuleNotFoundError) == 0) {
        return false;
    }
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const auto name = Ref::steal(PyObject_GetAttrString(value, "name"));
    const auto missing = name ? to_text(name.get()) : std::string{};
    PyErr_Restore(type, value, traceback);
    return module == missing || module.starts_with(missing + ".");
}

Ref import(const std::string& module) {
    auto imported = Ref::steal(PyImport_ImportModule(module.c_str()));
    if (!imported) {
        if (is_missing(module)) {
            PyErr_Clear();
            throw LoadError{
                "there is no Python module " + module +
                ": is the name right, and the folder that it is in among those searched?"};
        }
        fail_within("the Python module " + module + " cannot be imported");
    }
    return imported;
}

/// The file that a module is from, in brackets: another of the same name may have been found first.
std::string file_of(PyObject* module) {
    const auto file = Ref::steal(PyObject_GetAttrString(module, "__file__"));
    PyErr_Clear();
    return file && PyUnicode_Check(file.get()) ? " (" + to_text(file.get()) + ")" : std::string{};
}

/// What looks like an application among a module's names, for a hint.
std::string likely_names(PyObject* module) {
    std::string found;
    for (const char* name : {"app", "application", "wsgi_app", "create_app"}) {
        const auto object = Ref::steal(PyObject_GetAttrString(module, name));
        PyErr_Clear();
        if (object && PyCallable_Check(object.get()) != 0) {
            found.append(found.empty() ? "; it has " : ", ").append(name);
        }
    }
    return found;
}

Ref find_attribute(const Ref& module, const AppName& name) {
    auto object = module;
    for (std::string_view rest = name.attribute; !rest.empty();) {
        const auto dot = rest.find('.');
        const std::string part{rest.substr(0, dot)};
        object = Ref::steal(PyObject_GetAttrString(object.get(), part.c_str()));
        if (!object) {
            PyErr_Clear();
            throw LoadError{
                "the Python module " + name.module + file_of(module.get()) + " has no " +
                name.attribute + likely_names(module.get())};
        }
        rest = dot == rest.npos ? std::string_view{} : rest.substr(dot + 1);
    }
    return object;
}

/// Whether calling it makes a coroutine, as an ASGI application does.
bool is_coroutine_function(PyObject* object) {
    const auto inspect = Ref::steal(PyImport_ImportModule("inspect"));
    const auto call = Ref::steal(PyObject_GetAttrString(object, "__call__"));
    bool found = false;
    for (auto* const function : {object, call.get()}) {
        const auto answer = inspect && function != nullptr
                                ? Ref::steal(PyObject_CallMethod(
                                      inspect.get(), "iscoroutinefunction", "O", function
                                  ))
                                : Ref{};
        found = found || (answer && answer.get() == Py_True);
    }
    PyErr_Clear();
    return found;
}

void check_callable(PyObject* object, const std::string& name) {
    if (PyCallable_Check(object) == 0) {
        throw LoadError{
            name + " is no WSGI application: it cannot be called, being of type " +
            Py_TYPE(object)->tp_name};
    }
    if (is_coroutine_function(object)) {
        throw LoadError{
            name +
            " is no WSGI application but a coroutine function, as ASGI has it: wrap it with "
            "an adapter, such as a2wsgi.ASGIMiddleware"};
    }
}

Ref call_factory(PyObject* factory, const std::string& name) {
    if (PyCallable_Check(factory) == 0) {
        throw LoadError{name + " cannot be called: name it without ()"};
    }
    auto made = Ref::steal(PyObject_CallNoArgs(factory));
    if (!made) {
        fail_within(name + "() has failed");
    }
    return made;
}

/// The names of the signals that functions of Python are to handle.
std::set<std::string> handled_signals() {
    const auto names = evaluate(
        "(lambda signal: [s.name for s in signal.Signals if callable(signal.getsignal(s))])"
        "(__import__('signal'))"
    );
    std::set<std::string> handled;
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names.get()); ++i) {
        handled.insert(to_text(PyList_GET_ITEM(names.get(), i)));
    }
    PyErr_Clear();
    return handled;
}

void warn_of_signals(const std::set<std::string>& handled_before, const std::string& module) {
    for (const auto& name : handled_signals()) {
        if (!handled_before.contains(name)) {
            log::app_log().warning(
                "the Python module ",
                module,
                " handles ",
                name,
                ", in vain: Python's handlers run on a thread that serves the loop here; a thread "
                "with signal.sigwait() hears of it"
            );
        }
    }
}

Ref load_object(const AppName& name) {
    auto object = find_attribute(import(name.module), name);
    const auto full_name = name.module + ":" + name.attribute;
    if (name.is_factory) {
        object = call_factory(object.get(), full_name);
    }
    check_callable(object.get(), full_name);
    return object;
}

Ref run_source(const std::string& source, const std::string& name) {
    const auto code = Ref::steal(Py_CompileString(source.c_str(), "<source>", Py_file_input));
    const auto module = code ? Ref::steal(PyModule_New("tornado_source")) : Ref{};
    auto* const globals = module ? PyModule_GetDict(module.get()) : nullptr;  // borrowed
    if (globals == nullptr ||
        PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) < 0 ||
        !Ref::steal(PyEval_EvalCode(code.get(), globals, globals))) {
        fail_within("the Python source of the WSGI application cannot be run");
    }
    auto* const object = PyDict_GetItemString(globals, name.c_str());  // borrowed
    if (object == nullptr) {
        throw LoadError{"the Python source defines no " + name};
    }
    check_callable(object, name);
    return Ref::borrow(object);
}

}  // namespace

PythonApp PythonApp::load(std::string_view name, const PythonOptions& options) {
    const auto parsed = parse_name(name);
    Interpreter::start(options);
    const GILScope gil;
    extend_path(options.path);
    const auto handled = handled_signals();
    auto object = load_object(parsed);
    warn_of_signals(handled, parsed.module);
    return PythonApp{std::make_shared<Held>(std::move(object))};
}

PythonApp PythonApp::from_source(
    const std::string& source,
    const std::string& name,
    const PythonOptions& options
) {
    Interpreter::start(options);
    const GILScope gil;
    extend_path(options.path);
    return PythonApp{std::make_shared<Held>(run_source(source, name))};
}

PythonApp PythonApp::from_object(_object* callable) {
    Interpreter::start({});
    check_callable(callable, "the object");
    return PythonApp{std::make_shared<Held>(Ref::borrow(callable))};
}

_object* PythonApp::object() const noexcept {
    return held_->object.get();
}

std::vector<std::string> loaded_python_files() {
    Interpreter::start({});
    const GILScope gil;
    std::vector<std::string> files;
    const auto source = Ref::steal(PyImport_ImportModule("sysconfig"));
    const auto library =
        source ? Ref::steal(PyObject_CallMethod(source.get(), "get_path", "s", "stdlib")) : Ref{};
    const auto own = library ? to_text(library.get()) + "/" : std::string{};
    auto* const modules = PySys_GetObject("modules");  // borrowed
    const auto values = modules != nullptr ? Ref::steal(PyMapping_Values(modules)) : Ref{};
    for (Py_ssize_t i = 0; values && i < PyList_GET_SIZE(values.get()); ++i) {
        const auto file =
            Ref::steal(PyObject_GetAttrString(PyList_GET_ITEM(values.get(), i), "__file__"));
        auto path = file && PyUnicode_Check(file.get()) ? to_text(file.get()) : std::string{};
        if (!path.empty() && !(own.size() > 1 && path.starts_with(own))) {
            files.push_back(std::move(path));
        }
        PyErr_Clear();  // of what has no file
    }
    return files;
}

}  // namespace tornado::wsgi
