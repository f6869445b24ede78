#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct _object;  // Python's PyObject, for those who include its headers

namespace tornado::wsgi {

/// Why there is no Python application: what() is a sentence.
class LoadError : public std::runtime_error {
public:
    explicit LoadError(const std::string& sentence, std::string traceback = {})
        : std::runtime_error{sentence},
          traceback_{std::move(traceback)} {}

    /// Python's own account, when the error lies within the module; otherwise empty.
    [[nodiscard]] const std::string& traceback() const noexcept { return traceback_; }

private:
    std::string traceback_;
};

/// How Python is started, and where it looks for modules.
struct PythonOptions {
    std::vector<std::string> path = {};  ///< folders to search before all others
    /// The folder of a virtual environment; empty: that of the variable VIRTUAL_ENV, if it is set.
    /// Counts only for the first use of Python in a process.
    std::string virtual_env = {};
};

/// A WSGI application written in Python: something that can be called with `environ` and
/// `start_response` (PEP 3333).
///
/// The first one that is made starts Python in this process. It is started once, for all threads,
/// and ended when the process exits; if that happens while an application or a container still
/// lives, or on another thread, it is left as it is. A program that forks does so first: Python
/// does not go along into the child, and what has been made before throws std::logic_error there.
/// Python's handlers for signals are not installed, and the locale stays as it is: a program whose
/// Python writes to sockets or pipes ignores SIGPIPE, as Python's own does.
///
/// Ownership: counted; copies share the object. Thread safety: any thread, also one that does not
/// know Python. All that makes one waits for the interpreter's lock, so it is for the start of a
/// program. Errors: LoadError; std::runtime_error when Python cannot be started.
class PythonApp {
public:
    /// What `name` stands for: "module", whose attribute `application` is meant, or
    /// "module:attribute", or "module:factory()" for what a function returns. The module is
    /// imported as by Python's own `import`.
    [[nodiscard]] static PythonApp load(std::string_view name, const PythonOptions& options = {});
    /// The global `name` of a module that is made from `source`: for a few lines of Python within a
    /// program.
    [[nodiscard]] static PythonApp from_source(
        const std::string& source,
        const std::string& name = "application",
        const PythonOptions& options = {}
    );
    /// An object of a program that embeds Python itself, of its main interpreter. The caller holds
    /// the interpreter's lock; the object's count goes up by one. Who holds the lock lets it go
    /// (Py_BEGIN_ALLOW_THREADS) while a loop runs: without it no request could.
    [[nodiscard]] static PythonApp from_object(_object* callable);

    /// For containers.
    [[nodiscard]] _object* object() const noexcept;

private:
    struct Held;
    explicit PythonApp(std::shared_ptr<Held> held) noexcept : held_{std::move(held)} {}

    std::shared_ptr<Held> held_;
};

/// The source files of all Python modules that are loaded by now, but those of Python itself: for
/// autoreload::watch().
[[nodiscard]] std::vector<std::string> loaded_python_files();

}  // namespace tornado::wsgi
