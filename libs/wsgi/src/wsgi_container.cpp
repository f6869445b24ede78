#include "tornado/wsgi/wsgi_container.hpp"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "call.hpp"
#include "environ.hpp"
#include "interpreter.hpp"
#include "runner.hpp"

namespace tornado::wsgi {

namespace {

Runner make_runner(const PythonApp& app, const WSGIContainerOptions& options) {
    const GILScope gil;
    auto environ =
        make_base_environ(options.threads > 1, options.multiprocess, options.script_name);
    if (!environ) {
        throw std::runtime_error{"the WSGI container cannot be made: " + take_error()};
    }
    return Runner{Ref::borrow(app.object()), std::move(environ), options.serve_traceback};
}

void check(const WSGIContainerOptions& options) {
    if (options.threads == 0) {
        throw std::invalid_argument{"WSGIContainerOptions::threads: there must be one"};
    }
    const auto& name = options.script_name;
    if (!name.empty() && (name.front() != '/' || name.back() == '/')) {
        throw std::invalid_argument{
            "WSGIContainerOptions::script_name begins with / and does not end with it, unlike " +
            name};
    }
}

/// What threads use, and hold.
struct Served {
    Served(PythonApp python_app, const WSGIContainerOptions& options)
        : app{std::move(python_app)},
          runner{make_runner(app, options)} {}
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;
    ~Served() {
        const GILScope gil;
        runner.clear();
    }

    PythonApp app;
    Runner runner;
};

}  // namespace

struct WSGIContainer::Impl {
    Impl(PythonApp app, WSGIContainerOptions given)
        : options{std::move(given)},
          workers{std::make_shared<WorkerPool>(
              options.threads,
              options.max_waiting,
              [served = std::make_shared<Served>(std::move(app), options)](
                  const std::shared_ptr<Job>& job
              ) { served->runner.run(job); }
          )} {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (Interpreter::forked()) {
            // Threads and objects are the parent's: nothing of it is to be touched here.
            new std::shared_ptr<WorkerPool>{std::move(workers)};
            return;
        }
        close();
    }

    bool close() {
        const MaybeWithoutGIL waiting;
        const std::lock_guard lock{closing};
        if (!closed.exchange(true)) {
            all_ended = workers->end(options.end_timeout);
        }
        return all_ended;
    }

    WSGIContainerOptions options;
    std::shared_ptr<WorkerPool> workers;
    std::atomic<bool> closed = false;
    std::mutex closing;
    bool all_ended = true;
};

WSGIContainer::WSGIContainer(PythonApp app, WSGIContainerOptions options) {
    check(options);
    Interpreter::check_not_forked();
    impl_ = std::make_unique<Impl>(std::move(app), std::move(options));
}

WSGIContainer::~WSGIContainer() = default;

bool WSGIContainer::close() {
    Interpreter::check_not_forked();
    return impl_->close();
}

std::chrono::milliseconds WSGIContainer::stuck_for() const {
    return impl_->workers->stuck_for();
}

std::unique_ptr<httputil::HTTPMessageDelegate> WSGIContainer::start_request(
    httputil::HTTPConnection& exchange
) {
    Interpreter::check_not_forked();
    if (impl_->closed) {
        throw std::logic_error{"the WSGI container is closed: make another one"};
    }
    if (holds_gil()) {
        throw std::logic_error{
            "the loop's thread holds Python's lock, without which no request can run: let it go "
            "(Py_BEGIN_ALLOW_THREADS) around IOLoop::start()"};
    }
    return std::make_unique<Call>(exchange, *impl_->workers, impl_->options);
}

}  // namespace tornado::wsgi
