#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tornado/util/result.hpp"

namespace tornado::database {

/// What can be wrong with the name of a database.
enum class URLErrc {
    no_scheme = 1,     ///< not `scheme:...`
    unknown_scheme,    ///< none of sqlite, postgresql, postgres, mysql, mariadb
    no_file,           ///< `sqlite:` and nothing else
    file_with_host,    ///< `sqlite://host/...`
    no_host_part,      ///< `postgresql:db`, without `//`
    bad_host,          ///< characters that no host has, or a bracket without its other
    bad_port,          ///< not a number from 1 to 65535
    bad_path,          ///< more than one name after the host
    bad_escape,        ///< `%` without two hexadecimal digits, or `%00`
    bad_option,        ///< not `name=value`
    option_twice,      ///< the same name again
    control_character  ///< a byte that no URL has
};
[[nodiscard]] std::error_code make_error_code(URLErrc error) noexcept;

enum class Scheme : std::uint8_t { sqlite, postgresql, mysql };

/// The name of a database in its parts, without escapes.
struct DatabaseURL {
    using Option = std::pair<std::string, std::string>;

    Scheme scheme = Scheme::sqlite;
    std::string user;
    std::string password;
    std::string
        host;  ///< a name, an address without brackets, or the path of a socket or its folder
    std::uint16_t port = 0;  ///< 0: the usual one
    std::string database;    ///< of SQLite the file, or ":memory:"
    std::vector<Option> options;

    /// The value of an option, or null.
    [[nodiscard]] const std::string* option(std::string_view name) const noexcept;
    /// For the log and for people: without the password.
    [[nodiscard]] std::string to_string() const;
};

/// Reads `sqlite:file.db`, `sqlite::memory:`,
/// `postgresql://user:password@host:port/name?option=value` or `mysql://...`. `host` may be empty,
/// or escaped a path, as `%2Frun%2Fpostgresql`.
[[nodiscard]] Result<DatabaseURL> parse_database_url(std::string_view text);

}  // namespace tornado::database

template <>
struct std::is_error_code_enum<tornado::database::URLErrc> : std::true_type {};
