#include "interpreter.hpp"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tornado/log.hpp"
#include "tornado/util/scope_exit.hpp"
#include "tornado/wsgi/python_app.hpp"

namespace tornado::wsgi {

namespace {

std::mutex starting;
Names* known_names = nullptr;  // of an interpreter that is not ours it is never freed
std::thread::id started_by;
std::atomic<bool> was_forked = false;
std::atomic<int> users = 0;

[[noreturn]] void fail(const PyStatus& status) {
    throw std::runtime_error{
        std::string{"Python cannot be started: "} +
        (status.err_msg != nullptr ? status.err_msg : "for a reason it does not tell")};
}

void check(const PyStatus& status) {
    if (PyStatus_Exception(status) != 0) {
        fail(status);
    }
}

std::string virtual_env(const PythonOptions& options) {
    if (!options.virtual_env.empty()) {
        return options.virtual_env;
    }
    const char* const variable = std::getenv("VIRTUAL_ENV");
    return variable != nullptr ? variable : "";
}

/// The value of a line `name = value`; empty when there is none.
std::string value_of(const std::string& name, std::istream& lines) {
    for (std::string line; std::getline(lines, line);) {
        const auto equals = line.find('=');
        if (equals != line.npos && line.substr(0, line.find_first_of(" =")) == name) {
            const auto value = line.find_first_not_of(' ', equals + 1);
            return value != line.npos ? line.substr(value) : std::string{};
        }
    }
    return {};
}

/// An environment that is none, or of another Python, would be passed over without a word.
void check_environment(const std::string& folder) {
    const auto path = folder + "/pyvenv.cfg";
    if (!std::ifstream{path}) {
        throw LoadError{folder + " is no virtual environment: it has no pyvenv.cfg"};
    }
    const std::string ours =
        std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION);
    for (const char* name : {"version_info", "version"}) {
        std::ifstream file{path};
        const auto version = value_of(name, file);
        if (!version.empty() && version != ours && !version.starts_with(ours + ".")) {
            throw LoadError{
                "the virtual environment " + folder + " is one of Python " + version +
                ", while this program has Python " + ours};
        }
    }
}

void configure(PyConfig& config, const PythonOptions& options) {
    config.install_signal_handlers = 0;
    config.parse_argv = 0;
    // Python finds its own home, and a virtual environment, from where its program would be.
    const auto environment = virtual_env(options);
    if (!environment.empty()) {
        check_environment(environment);
    }
    const auto program =
        environment.empty() ? std::string{TORNADO_PYTHON} : environment + "/bin/python3";
    check(PyConfig_SetBytesString(&config, &config.program_name, program.c_str()));
    check(Py_InitializeFromConfig(&config));
}

void initialise(const PythonOptions& options) {
    PyPreConfig before;
    PyPreConfig_InitPythonConfig(&before);
    before.configure_locale = 0;
    before.coerce_c_locale = 0;
    before.utf8_mode = 1;
    before.parse_argv = 0;
    check(Py_PreInitialize(&before));
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    try {
        configure(config, options);
    } catch (...) {
        PyConfig_Clear(&config);
        throw;
    }
    PyConfig_Clear(&config);
}

Ref interned(const std::string& name) {
    return Ref::steal(PyUnicode_InternFromString(name.c_str()));
}

std::string header_key(std::string_view name) {
    std::string key = "HTTP_";
    for (const char c : name) {
        key.push_back(c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c));
    }
    return key;
}

Ref attribute(const char* module, const char* name) {
    const auto imported = Ref::steal(PyImport_ImportModule(module));
    return imported ? Ref::steal(PyObject_GetAttrString(imported.get(), name)) : Ref{};
}

std::unique_ptr<Names> make_names() {
    auto names = std::make_unique<Names>();
    names->content_length = interned("CONTENT_LENGTH");
    names->content_type = interned("CONTENT_TYPE");
    names->http_host = interned("HTTP_HOST");
    names->path_info = interned("PATH_INFO");
    names->query_string = interned("QUERY_STRING");
    names->remote_addr = interned("REMOTE_ADDR");
    names->request_method = interned("REQUEST_METHOD");
    names->request_uri = interned("REQUEST_URI");
    names->script_name = interned("SCRIPT_NAME");
    names->server_name = interned("SERVER_NAME");
    names->server_port = interned("SERVER_PORT");
    names->server_protocol = interned("SERVER_PROTOCOL");
    names->wsgi_errors = interned("wsgi.errors");
    names->wsgi_input = interned("wsgi.input");
    names->url_scheme = interned("wsgi.url_scheme");
    names->http = interned("http");
    names->https = interned("https");
    names->http_10 = interned("HTTP/1.0");
    names->http_11 = interned("HTTP/1.1");
    names->get = interned("GET");
    names->post = interned("POST");
    names->head = interned("HEAD");
    names->empty = interned("");
    names->close = interned("close");
    for (int i = 1; i < httputil::known_header_count; ++i) {
        const auto header = static_cast<httputil::KnownHeader>(i);
        names->headers[static_cast<std::size_t>(i)] =
            interned(header_key(httputil::header_name(header)));
    }
    names->input_type = make_input_type();
    names->errors_type = make_errors_type();
    names->response_type = make_response_type();
    names->pause = evaluate("lambda: None");
    names->file_wrapper = attribute("wsgiref.util", "FileWrapper");
    names->buffered_reader = attribute("io", "BufferedReader");
    names->buffered_random = attribute("io", "BufferedRandom");
    names->file_io = attribute("io", "FileIO");
    if (PyErr_Occurred() != nullptr) {
        throw std::runtime_error{"Python's own modules cannot be loaded: " + take_error()};
    }
    return names;
}

/// What Python itself does first when it ends: it waits for its threads. Tells the names of those
/// that do not end in time.
constexpr const char* end_threads = R"(
import atexit, threading
main = threading.main_thread()
others = [t for t in threading.enumerate() if t is not main and not t.daemon]
left = ""
if others and hasattr(threading, "_shutdown"):
    shutdown = threading.Thread(target=threading._shutdown, daemon=True)
    shutdown.start()
    shutdown.join(5)
    if shutdown.is_alive():
        left = ", ".join(t.name for t in others if t.is_alive())
        atexit._run_exitfuncs()
)";

std::string names_of_threads_left() {
    const auto globals = Ref::steal(PyDict_New());
    if (!globals || PyDict_SetItemString(globals.get(), "__builtins__", PyEval_GetBuiltins()) < 0 ||
        !Ref::steal(PyRun_String(end_threads, Py_file_input, globals.get(), globals.get()))) {
        PyErr_Clear();
        return {};
    }
    auto* const left = PyDict_GetItemString(globals.get(), "left");  // borrowed
    return left != nullptr ? to_text(left) : std::string{};
}

/// At the process's end, when nobody needs Python any more.
void finalise() {
    if (was_forked || users != 0 || std::this_thread::get_id() != started_by) {
        return;
    }
    PyGILState_Ensure();
    if (const auto names = names_of_threads_left(); !names.empty()) {
        // Python is left as it is, and its lock is kept: then these threads stand still.
        log::app_log().warning("threads of Python do not end, and are left alone: ", names);
        return;
    }
    delete std::exchange(known_names, nullptr);
    Py_FinalizeEx();
}

}  // namespace

void Interpreter::start(const PythonOptions& options) {
    const MaybeWithoutGIL waiting;  // whoever holds the mutex may want it
    const std::lock_guard lock{starting};
    check_not_forked();
    if (known_names != nullptr) {
        return;
    }
    if (Py_IsInitialized() == 0) {
        initialise(options);
        const util::ScopeExit let_go{[] { PyEval_SaveThread(); }};
        started_by = std::this_thread::get_id();
        static_cast<void>(log::app_log());  // which goes later than what is registered now
        std::atexit(&finalise);
        known_names = make_names().release();
    } else {  // by a program that embeds Python itself, and ends it
        const GILScope gil;
        known_names = make_names().release();
    }
    pthread_atfork(nullptr, nullptr, [] { was_forked = true; });
}

void Interpreter::check_not_forked() {
    if (was_forked) {
        throw std::logic_error{
            "Python was started before this process was forked, and did not come along: fork "
            "first, then load the application and make its container"};
    }
}

bool Interpreter::forked() noexcept {
    return was_forked;
}

const Names& Interpreter::names() noexcept {
    return *known_names;
}

bool let_others_in() {
    return static_cast<bool>(Ref::steal(PyObject_CallNoArgs(known_names->pause.get())));
}

void Interpreter::add_user() noexcept {
    ++users;
}

void Interpreter::remove_user() noexcept {
    --users;
}

}  // namespace tornado::wsgi
