#pragma once

#include <string>
#include <string_view>

#include "tornado/util/result.hpp"

namespace tornado::locale {

/// The text in UTF-8 of bytes in the encoding of that name, without a byte order mark.
///
/// UTF-8, UTF-16 (by its mark, else little-endian), UTF-16LE and UTF-16BE are always known, others
/// where the system's iconv knows them. An empty name finds out: UTF-16 when the bytes begin with
/// its mark, else UTF-8. Fails with Errc::unknown_charset or Errc::malformed_text.
[[nodiscard]] Result<std::string> decode(std::string_view bytes, std::string_view encoding);

/// Whether decode() knows the encoding.
[[nodiscard]] bool is_known_charset(std::string_view encoding);

}  // namespace tornado::locale
