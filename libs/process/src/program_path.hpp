#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace tornado::process {

/// The file that `program` names: itself when it holds a slash, else the first executable file of
/// that name in the folders of `path`, which are separated by colons. Relative ones start at `cwd`,
/// where the program will run; empty: the present folder. Without any, `error` tells why.
[[nodiscard]] std::string find_program(
    const std::string& program,
    std::string_view path,
    const std::string& cwd,
    std::error_code& error
);

}  // namespace tornado::process
