#pragma once

#include <array>
#include <cstddef>

#include "spawn.hpp"
#include "tornado/iostream/socket.hpp"

namespace tornado::process {

/// The standard streams of a process that is to be started: what it gets, and our ends of its
/// pipes.
///
/// Ownership: owns what it opens. Its end closes what the new process has got, and our ends that
/// nobody has taken.
class Wiring {
public:
    /// Throws std::system_error, and std::invalid_argument for what cannot be connected.
    explicit Wiring(const SubprocessOptions& options);

    [[nodiscard]] const StandardDescriptors& descriptors() const noexcept { return descriptors_; }
    /// Our end of the pipe at descriptor `target` of the process; nothing when that is no STREAM.
    [[nodiscard]] netutil::Socket take_own_end(std::size_t target) noexcept;

private:
    void connect(std::size_t target, Stdio stdio);
    int open_null_device(std::size_t target);
    int open_pipe(std::size_t target);

    StandardDescriptors descriptors_{-1, -1, -1};
    std::array<netutil::Socket, 3> theirs_;
    std::array<netutil::Socket, 3> ours_;
};

}  // namespace tornado::process
