#pragma once

#include <cerrno>
#include <csignal>
#include <ctime>

#include "tornado/util/ignore_sigpipe.hpp"

namespace tornado::util {

/// While it lives, this thread gets no SIGPIPE, and none that was raised meanwhile afterwards:
/// unlike send(), write() and sendfile() cannot be told to raise none. A call that has succeeded in
/// part may have raised one, too. Costs nothing after ignore_sigpipe().
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
        may_be_raised_ = !was_blocked_ || !is_pending();
    }
    WithoutSigpipe(const WithoutSigpipe&) = delete;
    WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
    ~WithoutSigpipe() {
        const int error = errno;
        if (may_be_raised_) {
            take_back();
        }
        if (!was_blocked_) {
            ::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
        }
        errno = error;
    }

    /// Says that no call has raised one, which saves looking: all was written, or the peer takes
    /// nothing now.
    void none_was_raised() noexcept { may_be_raised_ = false; }

private:
    void take_back() const noexcept {
        const timespec at_once{};
        while (::sigtimedwait(&sigpipe_, nullptr, &at_once) < 0 && errno == EINTR) {
        }
    }

    static bool is_pending() noexcept {
        sigset_t pending;
        ::sigemptyset(&pending);
        return ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGPIPE) == 1;
    }

    sigset_t sigpipe_;
    sigset_t former_;
    bool was_blocked_ = true;  ///< so that there is nothing to undo
    bool may_be_raised_ = false;
};

}  // namespace tornado::util
