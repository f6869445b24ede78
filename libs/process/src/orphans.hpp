#pragma once

#include <sys/types.h>

namespace tornado::process {

/// Takes a child over that no loop watches any more.
void adopt_orphan(pid_t pid) noexcept;

/// Reaps those that have ended. Any thread may call it.
void reap_orphans() noexcept;

}  // namespace tornado::process
