#pragma once

#include <memory>

namespace tornado::process {

/// Tells of SIGCHLD by a descriptor, for kernels without pidfds.
///
/// The first one installs a handler for good, which calls the former one too; each further one does
/// so again where the program has put another handler in its place. Any number may exist, on any
/// threads. Throws std::system_error without a free descriptor.
class ChildSignal {
public:
    ChildSignal();
    ChildSignal(const ChildSignal&) = delete;
    ChildSignal& operator=(const ChildSignal&) = delete;
    ~ChildSignal();

    /// Readable after a SIGCHLD, and at the beginning.
    [[nodiscard]] int fileno() const noexcept;
    /// Not readable until the next SIGCHLD.
    void acknowledge() noexcept;

    /// For tests: as before the first one.
    static void uninstall() noexcept;

    struct Listener;

private:
    std::unique_ptr<Listener> listener_;
};

}  // namespace tornado::process
