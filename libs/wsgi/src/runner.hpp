#pragma once

#include <memory>
#include <string_view>

#include "job.hpp"
#include "python.hpp"

namespace tornado::wsgi {

/// Calls a Python application for one request after another.
///
/// Thread safety: any number of threads, each with the GIL.
class Runner {
public:
    /// Takes over both; needs no GIL to be moved.
    Runner(Ref app, Ref base_environ, bool serve_traceback) noexcept;

    /// Runs one request to its end, whatever the application does.
    void run(const std::shared_ptr<Job>& job);

    void clear() noexcept;

private:
    void serve(const std::shared_ptr<Job>& job, Ref& response);

    Ref app_;
    Ref base_environ_;
    bool serve_traceback_;
};

}  // namespace tornado::wsgi
