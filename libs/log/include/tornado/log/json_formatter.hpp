#pragma once

#include <string>
#include <vector>

#include "tornado/log/formatter.hpp"

namespace tornado::log {

/// Writes a record as one JSON object on one line, for programs that collect logs.
///
/// Its members, in this order:
///
/// | name | value |
/// |---|---|
/// | `time` | when it was logged, in UTC: `"2013-05-19T22:44:11.000042Z"` |
/// | `level` | `"DEBUG"`, `"INFO"`, `"WARNING"`, `"ERROR"` or `"CRITICAL"` |
/// | `logger` | the logger's name, such as `"tornado.access"` |
/// | `message` | the message, with its line ends as `\n` |
/// | `file`, `line` | where it comes from in the source: a string and a number; only if known |
/// | `process` | the process's identifier: a number |
/// | those of one's own | what a LogField's function returns, a string |
///
/// The text is UTF-8. Bytes that are not become U+FFFD, control characters are escaped, so no
/// message can forge a line or steer a terminal. Any handler takes one:
/// `FileHandler{path, std::make_unique<JSONFormatter>()}`.
class JSONFormatter : public Formatter {
public:
    /// Throws std::invalid_argument for a field without a function, or with a name from above.
    explicit JSONFormatter(std::vector<LogField> fields = {});

    [[nodiscard]] std::string format(const Record& record) const override;
    void capture(Record& record) const override;

private:
    std::vector<LogField> fields_;
};

}  // namespace tornado::log
