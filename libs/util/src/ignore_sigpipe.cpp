#include "tornado/util/ignore_sigpipe.hpp"

#include <atomic>
#include <csignal>

namespace tornado::util {

namespace {

std::atomic<bool> ignored{false};

}  // namespace

void ignore_sigpipe() noexcept {
    std::signal(SIGPIPE, SIG_IGN);
    ignored = true;
}

bool is_sigpipe_ignored() noexcept {
    return ignored.load(std::memory_order_relaxed);
}

}  // namespace tornado::util
