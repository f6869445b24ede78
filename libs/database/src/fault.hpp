#pragma once

#include <cstdint>
#include <exception>
#include <string>

namespace tornado::database {

enum class FaultKind : std::uint8_t {
    integrity,
    operational,
    programming,
    data,
    interface,
    not_supported,
    internal
};

/// What went wrong, as any thread may note it: a driver's part in an exception.
struct Fault {
    FaultKind kind = FaultKind::operational;
    std::string text = {};  ///< the server's own
    std::string code = {};  ///< the server's own
    /// The connection is gone, or this attempt to make one has failed for a reason that may pass
    /// (nobody listens, the server starts up, has too many clients). Otherwise, when connecting,
    /// all who wait fail with it at once (a wrong password, no such database).
    bool lost = false;
    /// The server has surely not begun with the command, so that it may go to another connection.
    bool never_began = false;
    /// The command was cancelled, as cancel() wanted it.
    bool cancelled = false;
};

/// The exception that users see.
[[nodiscard]] std::exception_ptr make_exception(const Fault& fault);

}  // namespace tornado::database
