#pragma once

namespace tornado::options {

/// Gives each of the descriptors 0, 1 and 2 that is closed to /dev/null, in such a way that to use
/// it stays an error. Otherwise the next file or connection that the program opens gets that
/// number, and what it logs is written there.
void open_standard_descriptors() noexcept;

}  // namespace tornado::options
