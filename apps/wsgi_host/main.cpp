// Serves a Python WSGI application: `wsgi_host hello:app` for `app` in hello.py.
#include <tornado/autoreload.hpp>
#include <tornado/gen.hpp>
#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/netutil.hpp>
#include <tornado/options.hpp>
#include <tornado/process.hpp>
#include <tornado/util/ignore_sigpipe.hpp>
#include <tornado/wsgi.hpp>

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace autoreload = tornado::autoreload;
namespace httpserver = tornado::httpserver;
namespace ioloop = tornado::ioloop;
namespace netutil = tornado::netutil;
namespace options = tornado::options;
namespace process = tornado::process;
namespace wsgi = tornado::wsgi;

using Sockets = std::vector<netutil::Socket>;

namespace {

void define_options() {
    options::define("address", "127.0.0.1", "listen on this address; empty for all");
    options::define("chdir", "", "go to this folder first");
    options::define(
        "client_timeout", 30, "seconds for a client that holds a thread and is slow; 0: any time"
    );
    options::define("debug", false, "error pages show the traceback");
    options::define("drain_timeout", 30, "seconds that requests have after SIGTERM");
    options::define(
        "end_timeout", 5, "seconds for requests that still run when all connections have ended"
    );
    options::define(
        "hang_timeout",
        0,
        "seconds in which one of the requests on all the threads must end: else the process does, "
        "to be started anew; 0: any time"
    );
    options::define("max_body_size", 100, "MiB of a request's body; beyond it 413");
    options::define("max_waiting", 1000, "so many requests wait for a thread; beyond it 503");
    options::define<std::uint16_t>("port", 8000, "run on the given port");
    options::define("processes", 1, "so many of them share the port; 0: one for each processor");
    options::define("reload", false, "start afresh when a Python file has changed");
    options::define("script_name", "", "the part of the path that leads to the application");
    options::define("stream_bodies", false, "large bodies are read while they come");
    options::define("timeout", 0, "seconds that a request may take: then 503; 0: any time");
    options::define("threads", 8, "so many requests run at a time, in each process");
    options::define("virtualenv", "", "the virtual environment; otherwise that of VIRTUAL_ENV");
    options::define("wait_timeout", 30, "seconds that a request waits for a thread; 0: any time");
    options::define("xheaders", false, "believe a proxy on this machine about its clients");
}

void complain(const std::exception& error) {
    const auto* const load_error = dynamic_cast<const wsgi::LoadError*>(&error);
    if (load_error != nullptr && !load_error->traceback().empty()) {
        std::fprintf(stderr, "%s\n", load_error->traceback().c_str());
    }
    std::fprintf(stderr, "wsgi_host: %s\n", error.what());
}

/// Before there are workers, which would all say the same.
void check_options() {
    if (options::get<int>("threads") < 1) {
        throw options::Error{"--threads must be 1 or more"};
    }
    for (const std::string name :
         {"client_timeout",
          "drain_timeout",
          "end_timeout",
          "hang_timeout",
          "timeout",
          "wait_timeout"}) {
        if (options::get<int>(name) < 0) {
            throw options::Error{"--" + name + " is in seconds: 0 or more"};
        }
    }
    for (const std::string name : {"max_body_size", "max_waiting"}) {
        if (options::get<int>(name) < 0) {
            throw options::Error{"--" + name + " must be 0 or more"};
        }
    }
    const auto name = options::get<std::string>("script_name");
    if (!name.empty() && (name.front() != '/' || name.back() == '/')) {
        throw options::Error{"--script_name begins with / and does not end with it"};
    }
    if (options::get<bool>("reload") && options::get<int>("processes") != 1) {
        throw options::Error{"--reload is for one process: leave --processes out"};
    }
}

wsgi::PythonApp load(const std::string& name) {
    return wsgi::PythonApp::load(
        name,
        {.path = {std::filesystem::current_path().string()},
         .virtual_env = options::get<std::string>("virtualenv")}
    );
}

void watch_files() {
    for (const auto& file : wsgi::loaded_python_files()) {
        autoreload::watch(file);
    }
}

/// Also those that are imported later, by the requests that need them.
tornado::Future<void> keep_watching_files() {
    while (true) {
        co_await tornado::gen::sleep(std::chrono::seconds(1));
        auto found = ioloop::IOLoop::current().run_in_executor(&wsgi::loaded_python_files);
        for (const auto& file : co_await std::move(found)) {
            autoreload::watch(file);
        }
    }
}

std::chrono::seconds seconds(const char* option) {
    return std::chrono::seconds{options::get<int>(option)};
}

/// Ends a process whose threads are all taken by requests that do not end.
tornado::Future<void> watch_threads(wsgi::WSGIContainer& container) {
    while (container.stuck_for() < seconds("hang_timeout")) {
        co_await tornado::gen::sleep(std::chrono::seconds(1));
    }
    container.close();  // which logs what does not end
    std::_Exit(1);
}

/// Serves until a signal ends it.
void serve(Sockets sockets, wsgi::PythonApp app) {
    wsgi::WSGIContainer container{
        std::move(app),
        {.client_timeout = seconds("client_timeout"),
         .end_timeout = seconds("end_timeout"),
         .max_waiting = static_cast<std::size_t>(options::get<int>("max_waiting")),
         .multiprocess = options::get<int>("processes") != 1,
         .script_name = options::get<std::string>("script_name"),
         .stream_bodies = options::get<bool>("stream_bodies"),
         .serve_traceback = options::get<bool>("debug"),
         .threads = static_cast<std::size_t>(options::get<int>("threads")),
         .wait_timeout = seconds("wait_timeout")}};
    const auto mebibytes = static_cast<std::uint64_t>(options::get<int>("max_body_size"));
    httpserver::HTTPServer server{
        container,
        {.handler_timeout = seconds("timeout"),
         .max_body_size = mebibytes * 1'048'576,
         .xheaders = options::get<bool>("xheaders")}};
    server.add_sockets(std::move(sockets));
    server.drain_on_signal({.timeout = seconds("drain_timeout")});
    if (options::get<bool>("reload")) {
        autoreload::start();
        watch_files();
        ioloop::IOLoop::current().spawn_callback(&keep_watching_files);
    }
    if (options::get<int>("hang_timeout") > 0) {
        ioloop::IOLoop::current().spawn_callback([&] { return watch_threads(container); });
    }
    if (process::task_id().value_or(0) == 0) {
        std::printf("Listening on %s\n", server.url().c_str());
        std::fflush(stdout);
    }
    ioloop::IOLoop::current().start();
    if (!container.close()) {
        std::_Exit(1
        );  // with threads that nobody can end: destructors would pull all away from them
    }
}

int serve_alone(Sockets sockets, const std::string& name) {
    try {
        serve(std::move(sockets), load(name));
        return 0;
    } catch (const wsgi::LoadError& error) {
        complain(error);
    }
    if (options::get<bool>("reload")) {
        std::fprintf(stderr, "wsgi_host: waiting for a change\n");
        watch_files();
        autoreload::wait(".");
    }
    return 1;
}

/// What workers know of each other.
struct Shared {
    std::atomic<bool> loaded = false;  ///< one of them has once
    std::atomic<bool> failed = false;  ///< none has, so there is no use in going on
};

int serve_as_worker(Sockets sockets, const std::string& name, Shared& shared, pid_t parent) {
    try {
        auto app = load(name);
        shared.loaded = true;
        serve(std::move(sockets), std::move(app));
        return 0;
    } catch (const std::exception& error) {
        if (shared.loaded) {
            complain(error);  // and try again, as often as the parent allows
            return 1;
        }
        while (shared.failed.exchange(true)) {
            ::pause();  // whoever was first tells why, and is not to be ended before it has
        }
        complain(error);
        if (::getppid() == parent) {  // else it has ended by itself
            ::kill(parent, SIGTERM);
        }
        return 1;
    }
}

int serve_with_workers(Sockets sockets, const std::string& name, int count) {
    auto* const memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::runtime_error{"there is no memory to share with workers"};
    }
    auto& shared = *::new (memory) Shared;
    const auto parent = ::getpid();
    // Python starts in each worker by itself: it would not come along.
    constexpr int max_restarts = 100;
    if (process::fork_processes(count, max_restarts, nullptr, process::Restart::all)) {
        return serve_as_worker(std::move(sockets), name, shared, parent);
    }
    return shared.failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) try {
    // As in a program of Python's own: what is written to a peer that has gone is an exception.
    tornado::util::ignore_sigpipe();
    std::signal(SIGXFSZ, SIG_IGN);
    // Large responses come and go: what they took is the system's again, and not kept by threads.
    ::mallopt(M_MMAP_THRESHOLD, 1'048'576);
    ::mallopt(M_TRIM_THRESHOLD, 16'777'216);
    define_options();
    const auto names = options::parse_command_line(argc, argv);
    if (names.size() != 1) {
        std::fprintf(
            stderr,
            "wsgi_host: name one application behind the options, such as hello:app for `app` in "
            "hello.py; to try it, wsgiref.simple_server:demo_app\n"
        );
        return 2;
    }
    check_options();
    if (const auto folder = options::get<std::string>("chdir"); !folder.empty()) {
        std::filesystem::current_path(folder);
    }
    auto sockets = netutil::bind_sockets(
        options::get<std::uint16_t>("port"), {.address = options::get<std::string>("address")}
    );
    const auto count = options::get<int>("processes");
    return count == 1 ? serve_alone(std::move(sockets), names.front())
                      : serve_with_workers(std::move(sockets), names.front(), count);
} catch (const options::Error& error) {
    std::fprintf(stderr, "wsgi_host: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "wsgi_host: %s\n", error.what());
    return 1;
}
