#pragma once

#include <csignal>
#include <string>
#include <system_error>
#include <vector>

namespace tornado::process {

/// How this process was started: its executable and arguments, the signals that it blocks, and the
/// descriptors that it would hand on. Enough to start it again.
class OwnStart {
public:
    /// Takes them down. Throws std::system_error when there is no /proc.
    OwnStart();

    [[nodiscard]] const std::string& executable() const noexcept { return executable_; }

    /// Executes the same file again, in this process. Returns only when that fails, with the
    /// reason; descriptors opened since the constructor are then close-on-exec, all else as it was.
    [[nodiscard]] std::error_code again() const;

private:
    void keep_only_inherited() const;

    std::string executable_;
    std::vector<std::string> arguments_;
    sigset_t signal_mask_{};
    std::vector<int> inheritable_;
};

}  // namespace tornado::process
