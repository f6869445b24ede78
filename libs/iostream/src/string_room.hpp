#pragma once

#include <cstddef>
#include <string>

namespace tornado::iostream {

/// An empty string's way to `size` characters that have no value yet: for who overwrites all of
/// them, or throws the string away. Throws what `resize` does.
void make_room(std::string& text, std::size_t size);

}  // namespace tornado::iostream
