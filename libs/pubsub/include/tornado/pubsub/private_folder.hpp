#pragma once

#include <sys/types.h>

#include <string>

namespace tornado::pubsub {

/// A folder for HostOptions::folder that is made with this object and goes with it, in the process
/// that has made it: forked workers leave it alone.
///
///     const pubsub::PrivateFolder folder;
///     if (process::fork_processes(4)) { ... a broker with folder.path() in each worker ... }
class PrivateFolder {
public:
    /// Makes it, for this user alone, below $XDG_RUNTIME_DIR or else the system's folder for
    /// temporary files. Throws std::system_error.
    PrivateFolder();
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    ~PrivateFolder();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
    pid_t maker_;
};

}  // namespace tornado::pubsub
