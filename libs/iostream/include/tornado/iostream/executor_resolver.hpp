#pragma once

#include <cstddef>

#include "tornado/ioloop/executor.hpp"
#include "tornado/iostream/resolver.hpp"

namespace tornado::netutil {

/// Resolves by the system's getaddrinfo(), on an executor: /etc/hosts, DNS and whatever else this
/// machine is configured for.
///
/// Numeric addresses need no executor. A cancelled call whose look-up has not begun is skipped.
/// Mirrors `tornado.netutil.ExecutorResolver`.
class ExecutorResolver : public Resolver {
public:
    /// Null means the default executor of the loop, whose end then waits for look-ups that have
    /// begun (`DefaultExecutorResolver` in Tornado).
    explicit ExecutorResolver(std::shared_ptr<ioloop::Executor> executor);

    /// Lets its executor go: if nobody else holds it, that may wait for its calls. What is resolved
    /// later throws std::logic_error.
    void close() override;

protected:
    Future<Addresses> look_up(std::string host, std::uint16_t port, Family family) override;

private:
    std::shared_ptr<ioloop::Executor> executor_;
    bool closed_ = false;
};

/// Resolves in the call itself, and blocks the loop meanwhile: for programs that have nothing else
/// to do. Mirrors `tornado.netutil.BlockingResolver`.
class BlockingResolver : public ExecutorResolver {
public:
    BlockingResolver();
};

/// Resolves on threads that do nothing else: the usual resolver.
///
/// Nothing ever waits for its threads, neither a cancelled call nor the end of the loop or of the
/// program. A forked process starts threads of its own.
///
/// Mirrors `tornado.netutil.ThreadedResolver`.
class ThreadedResolver : public ExecutorResolver {
public:
    /// With the threads that all share that are made this way: at most 10, which start as they are
    /// needed. Further look-ups wait for their turn.
    ThreadedResolver();
    /// With at most so many threads of its own. Throws std::invalid_argument when that is none.
    explicit ThreadedResolver(std::size_t num_threads);
};

}  // namespace tornado::netutil
