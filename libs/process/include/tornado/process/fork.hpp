#pragma once

#include <optional>

#include "tornado/util/unique_function.hpp"

namespace tornado::process {

/// How many processors this process may use. Mirrors `tornado.process.cpu_count`.
[[nodiscard]] int cpu_count() noexcept;

/// Forks worker processes, and again those that die.
///
/// Returns the task id, 0 to `count`-1, in each worker; the parent stays inside, looking after
/// them, and gets nullopt once all have ended. A worker that is killed by a signal or ends with
/// another status than 0 is forked again under its task id, `max_restarts` times in all. SIGTERM
/// and SIGINT to the parent go on to the workers, save a terminal's, which they get themselves;
/// nobody is then restarted. A worker gets SIGTERM when its parent dies. In each worker the C
/// library's generators, std::rand() and drand48() among them, begin with seeds of their own; a
/// generator that the program has seeded before is its own business.
///
/// Where there are more workers than processors, each is scheduled as SCHED_BATCH, as is what it
/// starts, unless the program has chosen a policy before: workers then do not interrupt each other,
/// and wait a few milliseconds for another program that is busy on the same processor.
///
/// `count` of 0 or less means one for each processor.
/// Errors: std::logic_error when the process has an IOLoop already, on any thread, or threads of a
/// ThreadPoolExecutor, and in a worker; std::system_error when fork fails; std::runtime_error when
/// workers died too often. Before these two the other workers get SIGTERM and are waited for;
/// SIGKILL follows after ten seconds, or at once when the parent gets SIGTERM or SIGINT. Mirrors
/// `tornado.process.fork_processes`.
[[nodiscard]] std::optional<int> fork_processes(int count, int max_restarts = 100);
/// Which workers are started again: those that have failed, or those as well that have ended with 0
/// before the parent was told to stop: where code that is not ours may end a process as it likes.
enum class Restart : unsigned char { failed, all };

/// The same; `on_stop` is called in the parent when SIGTERM or SIGINT has come, before the workers
/// are told: to close what only they shall have from then on, a listening socket say.
[[nodiscard]] std::optional<int> fork_processes(
    int count,
    int max_restarts,
    util::UniqueFunction<void()> on_stop,
    Restart restart = Restart::failed
);

/// This worker's task id, or nullopt outside fork_processes(). Mirrors `tornado.process.task_id`.
[[nodiscard]] std::optional<int> task_id() noexcept;

}  // namespace tornado::process
