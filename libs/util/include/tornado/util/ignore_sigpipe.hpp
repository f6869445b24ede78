#pragma once

namespace tornado::util {

/// Has this process ignore SIGPIPE from now on, as servers mostly do: what is written to somebody
/// who has gone is an error, and never the program's end.
///
/// Where nobody has called this, the signal is the program's: our libraries keep it from coming out
/// of their own writes, by two system calls around each file that they send by sendfile(), each
/// write to a pipe and each line of a log. They are left out afterwards.
///
/// Programs that are started later ignore it too, but for those that tornado::process starts. Give
/// the signal no other action afterwards. Call it at the beginning of main(); thread safety: any
/// thread.
void ignore_sigpipe() noexcept;

/// Whether ignore_sigpipe() has been called. Thread safety: any thread.
[[nodiscard]] bool is_sigpipe_ignored() noexcept;

}  // namespace tornado::util
