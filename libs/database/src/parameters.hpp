#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tornado::database {

/// How a database writes what is not a parameter.
struct Dialect {
    bool dollar_quotes = false;    ///< `$tag$ ... $tag$`
    bool nested_comments = false;  ///< `/* /* */ */`
    bool escape_strings = false;   ///< a backslash escapes in E'...'
    bool backslashes = false;      ///< a backslash escapes in every string
    bool hash_comments = false;    ///< `# ...`
    bool backtick_names = false;   ///< `name`
    bool bracket_names = false;    ///< [name]
    bool strict_dashes = false;    ///< `--` begins a comment only before a space
};
[[nodiscard]] Dialect sqlite_dialect() noexcept;
[[nodiscard]] Dialect postgresql_dialect() noexcept;
[[nodiscard]] Dialect mariadb_dialect() noexcept;

/// A query's text for the server, and how many parameters it has.
struct NumberedQuery {
    std::string sql;
    std::size_t parameters = 0;
};

/// Writes `$1`, `$2`... for each `?` that is no part of a string, a name or a comment. `??` stands
/// for one question mark, as some operators of PostgreSQL have. The rest stays as it is, also what
/// is not well-formed: the server tells of that.
[[nodiscard]] NumberedQuery number_parameters(std::string_view sql, const Dialect& dialect);

/// How many there are.
[[nodiscard]] std::size_t count_parameters(std::string_view sql, const Dialect& dialect);

}  // namespace tornado::database
