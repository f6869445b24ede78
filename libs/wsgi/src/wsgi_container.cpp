#include "tornado/wsgi/wsgi_container.hpp"

#include <optional>
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

}  // namespace

struct WSGIContainer::Impl {
    Impl(PythonApp python_app, WSGIContainerOptions given)
        : app{std::move(python_app)},
          options{std::move(given)},
          runner{make_runner(app, options)} {
        workers.emplace(
            options.threads,
            options.max_waiting,
            [this](const std::shared_ptr<Job>& job) { runner.run(job); }
        );
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        workers.reset();
        if (Interpreter::forked()) {
            new Runner{std::move(runner)};  // these are nobody's to free here
            return;
        }
        const GILScope gil;
        runner.clear();
    }

    PythonApp app;
    WSGIContainerOptions options;
    Runner runner;
    std::optional<WorkerPool> workers;
};

WSGIContainer::WSGIContainer(PythonApp app, WSGIContainerOptions options) {
    check(options);
    Interpreter::check_not_forked();
    impl_ = std::make_unique<Impl>(std::move(app), std::move(options));
}

WSGIContainer::~WSGIContainer() = default;

std::unique_ptr<httputil::HTTPMessageDelegate> WSGIContainer::start_request(
    httputil::HTTPConnection& exchange
) {
    Interpreter::check_not_forked();
    return std::make_unique<Call>(
        exchange, *impl_->workers, impl_->options.body_buffer, impl_->options.script_name
    );
}

}  // namespace tornado::wsgi
