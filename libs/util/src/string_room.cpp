#include "tornado/util/string_room.hpp"

namespace tornado::util {

// This file is compiled for C++23, from which the library's strings can do it.
void make_room(std::string& text, std::size_t size) {
#ifdef __cpp_lib_string_resize_and_overwrite
    text.resize_and_overwrite(size, [](char*, std::size_t room) { return room; });
#else
    text.resize(size);
#endif
}

}  // namespace tornado::util
