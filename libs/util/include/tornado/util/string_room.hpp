#pragma once

#include <cstddef>
#include <string>

namespace tornado::util {

/// Makes the string `size` characters long, without a value for those that come to it: for who
/// overwrites them, or takes them off again. Throws what `resize` does.
void make_room(std::string& text, std::size_t size);

}  // namespace tornado::util
