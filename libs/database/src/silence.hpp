#pragma once

/// When a server counts as gone whose machine or network is: its kernel has to confirm what was
/// sent, and answers when it is asked, also while a query takes its time. Each is what TCP calls
/// so.
namespace tornado::database::silence {

inline constexpr int keepalive_idle = 30;      ///< seconds
inline constexpr int keepalive_interval = 10;  ///< seconds
inline constexpr int keepalive_count = 3;
inline constexpr int user_timeout = 30'000;  ///< milliseconds

}  // namespace tornado::database::silence
