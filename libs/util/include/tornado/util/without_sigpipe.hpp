#pragma once

#include <cerrno>
#include <csignal>
#include <ctime>

#include "tornado/util/ignore_sigpipe.hpp"

namespace tornado::util {

/// While it lives, this thread gets no SIGPIPE: unlike send(), write() and sendfile() cannot
/// be told to raise none. Costs nothing after ignore_sigpipe().
///
/// Thread safety: it is on the stack of the thread that it is for.
class WithoutSigpipe {
public:
    WithoutSigpipe() noexcept {
        if (is_sigpipe_ignored()) {
            return;
        }
        ::sigemptyset(&sigpipe_);
        ::sigaddset(&sigpipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &former_);
        was_blocked_ = ::sigismember(&former_, SIGPIPE) == 1;
        was_pending_ = was_blocked_ && is_pending();
    }
    WithoutSigpipe(const WithoutSigpipe&) = delete;
    WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
    ~WithoutSigpipe() {
        if (!was_blocked_) {
            ::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
        }
    }

    /// Takes back the one that a write has just raised.
    void discard() const noexcept {
        const timespec at_once{};
        while (!was_pending_ && ::sigtimedwait(&sigpipe_, nullptr, &at_once) < 0 && errno == EINTR
        ) {
        }
    }

private:
    static bool is_pending() noexcept {
        sigset_t pending;
        ::sigemptyset(&pending);
        return ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGPIPE) == 1;
    }

    sigset_t sigpipe_;
    sigset_t former_;
    bool was_blocked_ = true;  ///< so that there is nothing to undo
    bool was_pending_ = true;
};

}  // namespace tornado::util
