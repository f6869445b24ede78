#pragma once

#include <sys/types.h>

#include <optional>

#include "child_signal.hpp"
#include "tornado/iostream/socket.hpp"

namespace tornado::process {

/// Tells by a descriptor that a child may have ended: its pidfd, or SIGCHLD where there is none.
class ExitNotice {
public:
    /// Throws std::system_error when neither is to be had.
    explicit ExitNotice(pid_t pid);

    [[nodiscard]] int fileno() const noexcept {
        return signal_ ? signal_->fileno() : pidfd_.fileno();
    }
    [[nodiscard]] bool has_pidfd() const noexcept { return !signal_; }

    /// Called before looking whether the child has ended.
    void acknowledge() noexcept {
        if (signal_) {
            signal_->acknowledge();
        }
    }

    /// Sends the child a signal. Returns errno, or 0. The child must not have been waited for,
    /// unless has_pidfd().
    [[nodiscard]] int send(pid_t pid, int signal) const noexcept;

    /// For tests: false makes this a kernel without pidfds.
    static void use_pidfds(bool use) noexcept;

private:
    netutil::Socket pidfd_;
    std::optional<ChildSignal> signal_;
};

}  // namespace tornado::process
