#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tornado::database {

/// A query's text for PostgreSQL, and how many parameters it has.
struct NumberedQuery {
    std::string sql;
    std::size_t parameters = 0;
};

/// Writes `$1`, `$2`... for each `?` that is no part of a string, a name or a comment, as
/// PostgreSQL reads them (its manual, 4.1). `??` stands for one question mark, as some of its
/// operators have. The rest stays as it is, also what is not well-formed: the server tells of that.
///
/// Other databases know `?` themselves.
[[nodiscard]] NumberedQuery number_parameters(std::string_view sql);

}  // namespace tornado::database
