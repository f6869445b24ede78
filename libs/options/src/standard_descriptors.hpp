#pragma once

namespace tornado::options {

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed. Otherwise the next file
/// or connection that the program opens gets that number, and what it logs is written there.
void open_standard_descriptors() noexcept;

}  // namespace tornado::options
