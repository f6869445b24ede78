#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tornado/log/record.hpp"

namespace tornado::log {

/// Turns a record into the text of one line or more, without the final newline.
///
/// Thread safety: format() may be called from several threads at once.
class Formatter {
public:
    virtual ~Formatter() = default;
    [[nodiscard]] virtual std::string format(const Record& record) const = 0;
    /// Puts by, in `record.fields`, what only the thread that logs knows, for a format() in another
    /// thread; see Handler::capture(). By default nothing.
    virtual void capture(Record& record) const;
};

/// True when stderr is a terminal that shows colours.
[[nodiscard]] bool stderr_supports_color() noexcept;

/// A field of one's own for a formatter: what `text` returns, which is called for each record in
/// the thread that logs. A request's identifier, say, that a stack_context carries.
struct LogField {
    std::string name;  ///< what a format calls it, in braces
    std::string (*text)() = nullptr;
};

/// How a LogFormatter writes.
struct LogFormatterOptions {
    bool color = stderr_supports_color();
    std::string date_format = "%y%m%d %H:%M:%S";  ///< as for strftime; in local time
    std::vector<LogField> fields = {};            ///< besides those below
    /// Text with fields in braces: color, end_color, level (its first letter), levelname, message,
    /// name (the logger's), origin (`module:line` if the record has it, else the logger's name),
    /// time. `{{` and `}}` are braces.
    std::string format = "{color}[{level} {time} {origin}]{end_color} {message}";
};

/// Tornado's own way to write a record: `[W 130519 22:44:11 tornado.general] message`.
///
/// Further lines of a message are indented by four spaces. Bytes that are not UTF-8, and control
/// characters other than newline and tab, are shown as `\xNN`: a peer's bytes can neither forge a
/// line nor steer a terminal; so are those of a field of one's own. Throws std::invalid_argument,
/// from the constructor, when the format names an unknown field. Mirrors
/// `tornado.log.LogFormatter`.
class LogFormatter : public Formatter {
public:
    explicit LogFormatter(LogFormatterOptions options = {});

    [[nodiscard]] std::string format(const Record& record) const override;
    void capture(Record& record) const override;

private:
    enum class Field {
        literal,
        color,
        end_color,
        level,
        levelname,
        message,
        name,
        origin,
        own,
        time
    };
    struct Piece {
        Field field;
        std::string literal;
        LogField own = {};  ///< for Field::own
    };

    void parse(std::string_view format, const std::vector<LogField>& own_fields);
    [[nodiscard]] static Piece
    piece_of(std::string_view field, const std::vector<LogField>& own_fields);
    void append_field(std::string& line, const Piece& piece, const Record& record) const;

    bool color_;
    std::string date_format_;
    std::vector<Piece> pieces_;
};

}  // namespace tornado::log
