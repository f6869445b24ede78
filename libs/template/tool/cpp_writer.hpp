#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tornado::templating::tool {

/// A C++ string literal of these bytes.
[[nodiscard]] std::string quoted(std::string_view text);
/// The same for what only the compiler reads, a path or a sentence: later standards allow it no
/// numeric escapes (P2361).
[[nodiscard]] std::string quoted_for_compiler(std::string_view text);

/// C++ in the making, each statement of which says the place in the template that it came from.
class CppWriter {
public:
    /// The place of what follows.
    void stand_at(const std::string& path, std::uint32_t line) {
        path_ = path;
        line_ = line;
    }
    /// Writes one or more statements, or a part of one, on a line of its own.
    void write(std::string_view code);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
    std::string path_;
    std::string written_path_;
    std::uint32_t line_ = 0;
};

}  // namespace tornado::templating::tool
