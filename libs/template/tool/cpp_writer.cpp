#include "cpp_writer.hpp"

namespace tornado::templating::tool {

std::string quoted(std::string_view text) {
    constexpr char digits[] = "01234567";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\' || c == '?') {
            out += '\\';
            out += digits[byte >> 6U];
            out += digits[(byte >> 3U) & 7U];
            out += digits[byte & 7U];
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string quoted_for_compiler(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '"' || c == '\\') {
            out.append("\\").append(1, c);
        } else {
            const bool is_control = static_cast<unsigned char>(c) < 0x20;
            out += is_control ? ' ' : c;
        }
    }
    return out + '"';
}

void CppWriter::write(std::string_view code) {
    text_ += "#line " + std::to_string(line_ == 0 ? 1 : line_);
    if (path_ != written_path_) {
        text_ += ' ' + quoted_for_compiler(path_);
        written_path_ = path_;
    }
    text_.append("\n").append(code).append("\n");
}

}  // namespace tornado::templating::tool
