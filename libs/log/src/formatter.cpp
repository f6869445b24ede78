#include "tornado/log/formatter.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "own_field.hpp"
#include "printable.hpp"

namespace tornado::log {

namespace {

/// The escape sequence that starts the level's colour; "\x1b[0m" ends it.
std::string_view color_of(Level level) {
    switch (level) {
        case Level::debug:
            return "\x1b[34m";  // blue
        case Level::info:
            return "\x1b[32m";  // green
        case Level::warning:
            return "\x1b[33m";  // yellow
        case Level::error:
            return "\x1b[31m";  // red
        case Level::critical:
            return "\x1b[35m";  // magenta
    }
    return {};
}

/// The file's name without its folders and its extension: Python's module name.
std::string_view module_of(std::string_view file) {
    if (const auto slash = file.rfind('/'); slash != file.npos) {
        file.remove_prefix(slash + 1);
    }
    return file.substr(0, file.rfind('.'));
}

void append_origin(std::string& line, const Record& record) {
    if (record.file == nullptr) {
        line += record.logger;
        return;
    }
    line += module_of(record.file);
    line += ':';
    line += std::to_string(record.line);
}

void append_time(
    std::string& line,
    const std::string& format,
    std::chrono::system_clock::time_point time
) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    std::array<char, 128> text;
    line.append(text.data(), std::strftime(text.data(), text.size(), format.c_str(), &parts));
}

}  // namespace

void Formatter::capture(Record&) const {}

bool stderr_supports_color() noexcept {
    const char* terminal = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr &&
           std::string_view{terminal} != "dumb";
}

LogFormatter::LogFormatter(LogFormatterOptions options)
    : color_{options.color},
      date_format_{std::move(options.date_format)} {
    parse(options.format, options.fields);
}

LogFormatter::Piece
LogFormatter::piece_of(std::string_view field, const std::vector<LogField>& own_fields) {
    constexpr std::pair<std::string_view, Field> fields[] = {
        {"color", Field::color},
        {"end_color", Field::end_color},
        {"level", Field::level},
        {"levelname", Field::levelname},
        {"message", Field::message},
        {"name", Field::name},
        {"origin", Field::origin},
        {"time", Field::time},
    };
    for (const auto& [known, which] : fields) {
        if (known == field) {
            return {which, {}, {}};
        }
    }
    for (const auto& own : own_fields) {
        if (own.name == field && own.text != nullptr) {
            return {Field::own, {}, own};
        }
    }
    throw std::invalid_argument{
        "a log format has no field {" + std::string{field} + "}; see log::LogFormatterOptions"};
}

void LogFormatter::parse(std::string_view format, const std::vector<LogField>& own_fields) {
    std::string literal;
    while (!format.empty()) {
        if (format.starts_with("{{") || format.starts_with("}}")) {
            literal += format.front();
            format.remove_prefix(2);
        } else if (format.front() == '{') {
            const auto end = format.find('}');
            if (end == format.npos) {
                throw std::invalid_argument{"a log format has a { without its }"};
            }
            pieces_.push_back({Field::literal, std::exchange(literal, {}), {}});
            pieces_.push_back(piece_of(format.substr(1, end - 1), own_fields));
            format.remove_prefix(end + 1);
        } else {
            literal += format.front();
            format.remove_prefix(1);
        }
    }
    pieces_.push_back({Field::literal, std::move(literal), {}});
}

void LogFormatter::capture(Record& record) const {
    for (const auto& piece : pieces_) {
        if (piece.field == Field::own) {
            capture_field(piece.own, record);
        }
    }
}

std::string LogFormatter::format(const Record& record) const {
    std::string line;
    line.reserve(record.message.size() + 64);
    for (const auto& piece : pieces_) {
        append_field(line, piece, record);
    }
    return line;
}

void LogFormatter::append_field(std::string& line, const Piece& piece, const Record& record) const {
    switch (piece.field) {
        case Field::literal:
            line += piece.literal;
            break;
        case Field::color:
            line += color_ ? color_of(record.level) : std::string_view{};
            break;
        case Field::end_color:
            line += color_ ? "\x1b[0m" : "";
            break;
        case Field::level:
            line += level_name(record.level).front();
            break;
        case Field::levelname:
            line += level_name(record.level);
            break;
        case Field::message:
            append_printable(line, record.message);
            break;
        case Field::name:
            line += record.logger;
            break;
        case Field::origin:
            append_origin(line, record);
            break;
        case Field::own:
            append_printable(line, field_text(piece.own, record));
            break;
        case Field::time:
            append_time(line, date_format_, record.time);
            break;
    }
}

}  // namespace tornado::log
