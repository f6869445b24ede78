#include "tornado/log/json_formatter.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "own_field.hpp"
#include "printable.hpp"

namespace tornado::log {

namespace {

constexpr std::string_view members[] =
    {"time", "level", "logger", "message", "file", "line", "process"};

void append_unicode_escape(std::string& out, unsigned code) {
    std::array<char, 8> text;
    const auto size = std::snprintf(text.data(), text.size(), "\\u%04x", code);
    out.append(text.data(), static_cast<std::size_t>(size));
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            append_unicode_escape(out, static_cast<unsigned char>(c));
    }
}

/// That of a character of two or three bytes.
unsigned code_point(std::string_view character) {
    unsigned number =
        static_cast<unsigned char>(character[0]) & (character.size() == 2 ? 0x1FU : 0x0FU);
    for (const char byte : character.substr(1)) {
        number = number << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
    }
    return number;
}

/// Appends the text as a JSON string.
void append_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t i = 0;
    while (i < text.size()) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto length = character_length(text, i);
        if (text[i] == '"' || text[i] == '\\') {
            out += '\\';
            out += text[i];
        } else if (byte < 0x20 || byte == 0x7F) {
            append_escaped(out, text[i]);
        } else if (length == 0) {
            out += "\uFFFD";
        } else if (length == 2 && is_control(text.substr(i, 2))) {
            append_unicode_escape(
                out, static_cast<unsigned char>(text[i + 1])
            );  // U+0080 to U+009F
        } else if (is_misleading(text.substr(i, length))) {
            append_unicode_escape(out, code_point(text.substr(i, length)));
        } else {
            out.append(text, i, length);
        }
        i += length != 0 ? length : 1;
    }
    out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    out += out.empty() ? '{' : ',';
    append_string(out, name);
    out += ':';
    append_string(out, text);
}

void append_member(std::string& out, std::string_view name, long long number) {
    out += out.empty() ? '{' : ',';
    append_string(out, name);
    out += ':';
    out += std::to_string(number);
}

std::string utc(std::chrono::system_clock::time_point time) {
    namespace chrono = std::chrono;
    const auto second = chrono::floor<chrono::seconds>(time);
    const auto micros = chrono::floor<chrono::microseconds>(time - second).count();
    const auto seconds = chrono::system_clock::to_time_t(second);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text;
    auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    size += static_cast<std::size_t>(
        std::snprintf(text.data() + size, text.size() - size, ".%06dZ", static_cast<int>(micros))
    );
    return {text.data(), size};
}

}  // namespace

JSONFormatter::JSONFormatter(std::vector<LogField> fields) : fields_{std::move(fields)} {
    for (const auto& field : fields_) {
        if (field.text == nullptr || std::ranges::count(members, field.name) != 0) {
            throw std::invalid_argument{
                "the log's field \"" + field.name +
                "\" needs a function that gives its text, and a name that JSONFormatter does not "
                "use"};
        }
    }
}

std::string JSONFormatter::format(const Record& record) const {
    std::string line;
    line.reserve(record.message.size() + 160);
    append_member(line, "time", utc(record.time));
    append_member(line, "level", level_name(record.level));
    append_member(line, "logger", record.logger);
    append_member(line, "message", record.message);
    if (record.file != nullptr) {
        append_member(line, "file", std::string_view{record.file});
        append_member(line, "line", static_cast<long long>(record.line));
    }
    append_member(line, "process", static_cast<long long>(::getpid()));
    for (const auto& field : fields_) {
        append_member(line, field.name, field_text(field, record));
    }
    line += '}';
    return line;
}

void JSONFormatter::capture(Record& record) const {
    for (const auto& field : fields_) {
        capture_field(field, record);
    }
}

}  // namespace tornado::log
