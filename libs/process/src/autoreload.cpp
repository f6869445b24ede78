#include "tornado/process/autoreload.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "executable.hpp"
#include "file_watcher.hpp"
#include "own_start.hpp"
#include "tornado/log.hpp"
#include "tornado/process/fork.hpp"

namespace tornado::autoreload {

using process::FileWatcher;
using process::WatchedPath;

namespace {

class Reloader;

/// What the process knows. It outlives every loop, so it is never destroyed.
struct Registry {
    std::mutex mutex;
    std::vector<WatchedPath> watched;
    std::vector<ReloadHook> hooks;
    // The loop that watches, if any.
    ioloop::IOLoop* loop = nullptr;
    std::thread::id thread;
    const Reloader* reloader = nullptr;
    std::weak_ptr<FileWatcher> watcher;
};

Registry& registry() {
    static auto& only = *new Registry;
    return only;
}

void run_hooks() {
    auto& known = registry();
    std::vector<ReloadHook> hooks;
    {
        const std::lock_guard lock{known.mutex};
        hooks.swap(known.hooks);
    }
    for (auto& hook : hooks) {
        try {
            hook();
        } catch (...) {
            log::app_log().error(
                "Exception in reload hook: ", log::format_exception(std::current_exception())
            );
        }
    }
    const std::lock_guard lock{known.mutex};
    known.hooks.insert(
        known.hooks.begin(),
        std::make_move_iterator(hooks.begin()),
        std::make_move_iterator(hooks.end())
    );
}

std::string what_changed(const std::vector<std::string>& changed) {
    const auto others = changed.size() - 1;
    return changed.front() + (others > 0 ? " and " + std::to_string(others) + " more" : "") +
           " modified; ";
}

/// What the watcher calls. It lives as long as the loop holds the watcher.
class Reloader {
public:
    ~Reloader() {
        auto& known = registry();
        const std::lock_guard lock{known.mutex};
        if (known.reloader == this) {
            known.reloader = nullptr;
            known.loop = nullptr;
        }
    }

    [[nodiscard]] const std::string& executable() const { return start_.executable(); }

    /// False when the time has not come.
    bool reload(const std::vector<std::string>& changed) {
        if (!process::is_complete_executable(executable())) {
            if (!std::exchange(is_waiting_, true)) {
                log::gen_log().info(
                    what_changed(changed), "waiting for ", executable(), " to be complete"
                );
            }
            return false;
        }
        is_waiting_ = false;
        log::gen_log().info(what_changed(changed), "restarting");
        run_hooks();
        const auto error = start_.again();
        log::gen_log().error("cannot restart ", executable(), ": ", error.message());
        return error.value() != ETXTBSY;  // somebody writes to it: soon, then
    }

private:
    process::OwnStart start_;
    bool is_waiting_ = false;
};

/// Whether `tornado-autoreload` has started this program, and so watches its executable.
bool is_watched_from_outside() {
    const char* watcher = std::getenv("TORNADO_AUTORELOAD");
    return watcher != nullptr && watcher == std::to_string(::getppid());
}

/// The executable that runs now, whatever lies at its path by now.
WatchedPath own_executable(const std::string& path) {
    WatchedPath own{path, {}};
    own.accepted.exists = true;
    if (const auto state = process::state_of("/proc/self/exe")) {
        own.accepted.files.emplace(path, *state);
    }
    return own;
}

}  // namespace

void start(ioloop::Duration check_time) {
    if (check_time <= ioloop::Duration::zero()) {
        throw std::invalid_argument{"autoreload: check_time must be positive"};
    }
    if (const auto task = process::task_id()) {
        if (*task == 0) {
            log::gen_log().warning(
                "autoreload does nothing in forked workers: run tornado-autoreload around the "
                "program"
            );
        }
        return;
    }
    auto& loop = ioloop::IOLoop::current();
    auto& known = registry();
    // Destroyed after the lock, which Reloader takes at its end.
    std::shared_ptr<FileWatcher> former;
    std::shared_ptr<FileWatcher> watcher;
    const std::lock_guard lock{known.mutex};
    const auto here = std::this_thread::get_id();
    if (known.loop == &loop || (known.loop != nullptr && known.thread != here)) {
        return;
    }
    auto reloader = std::make_unique<Reloader>();
    if (known.loop != nullptr) {
        former = known.watcher.lock();  // of an earlier loop, which stands still
        former->stop();
    }
    known.loop = &loop;
    known.thread = here;
    known.reloader = reloader.get();
    const auto executable = reloader->executable();
    watcher = std::make_shared<FileWatcher>(
        loop,
        check_time,
        [reloader = std::move(reloader)](const auto& changed) { return reloader->reload(changed); }
    );
    known.watcher = watcher;
    watcher->start();
    if (!is_watched_from_outside()) {
        watcher->watch(own_executable(executable));
    }
    for (const auto& path : known.watched) {
        watcher->watch(path);
    }
}

void watch(std::string_view path) {
    auto watched = process::watched_path(path);
    auto& known = registry();
    const std::lock_guard lock{known.mutex};
    known.watched.push_back(watched);
    if (known.loop != nullptr) {
        known.loop->add_callback([weak = known.watcher, watched = std::move(watched)]() mutable {
            if (const auto watcher = weak.lock()) {
                watcher->watch(std::move(watched));
            }
        });
    }
}

void add_reload_hook(ReloadHook hook) {
    if (!hook) {
        throw std::invalid_argument{"add_reload_hook() was given no function"};
    }
    auto& known = registry();
    const std::lock_guard lock{known.mutex};
    known.hooks.push_back(std::move(hook));
}

void wait() {
    if (process::task_id()) {
        return;
    }
    ioloop::IOLoop loop;
    start();
    loop.start();
}

}  // namespace tornado::autoreload
