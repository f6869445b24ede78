#include "tornado/log/part.hpp"

#include <charconv>
#include <cstddef>
#include <iterator>

namespace tornado::log {

namespace {

template <typename Number>
std::string_view print(char (&buffer)[32], Number value) noexcept {
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value).ptr;
    return {buffer, static_cast<std::size_t>(end - buffer)};
}

}  // namespace

Part::Part(double value) noexcept : text_{print(buffer_, value)} {}
Part::Part(Signed number) noexcept : text_{print(buffer_, number.value)} {}
Part::Part(Unsigned number) noexcept : text_{print(buffer_, number.value)} {}

}  // namespace tornado::log
