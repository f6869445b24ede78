#include "orphans.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <vector>

namespace tornado::process {

namespace {

struct Orphanage {
    std::mutex mutex;
    std::vector<pid_t> children;
};

/// Never destroyed: loops may end after it.
Orphanage& orphanage() {
    static auto& instance = *new Orphanage;
    return instance;
}

}  // namespace

void adopt_orphan(pid_t pid) noexcept {
    try {
        auto& home = orphanage();
        const std::lock_guard lock{home.mutex};
        home.children.push_back(pid);
    } catch (const std::bad_alloc&) {
        // It stays a zombie once it has ended.
    }
    reap_orphans();
}

void reap_orphans() noexcept {
    auto& home = orphanage();
    const std::lock_guard lock{home.mutex};
    auto& children = home.children;
    children.erase(
        std::remove_if(
            children.begin(),
            children.end(),
            [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; }
        ),
        children.end()
    );
}

}  // namespace tornado::process
