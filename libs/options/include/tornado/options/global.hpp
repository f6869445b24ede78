#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tornado/options/option_parser.hpp"

namespace tornado::options {

/// The program's options: what the functions below work on. The logging options are among them.
[[nodiscard]] OptionParser& options();

/// Defines an option of the program; see OptionParser::define().
///
///     options::define("port", 8888, "run on the given port");
///     options::define<std::string>("config", {.help = "a file of further options"});
template <OptionType T>
void define(std::string_view name, const T& default_value, DefineOptions more = {}) {
    options().define(name, default_value, std::move(more));
}
template <OptionType T>
void define(std::string_view name, const T& default_value, std::string_view help) {
    options().define(name, default_value, help);
}
inline void define(std::string_view name, const char* default_value, DefineOptions more) {
    options().define(name, default_value, std::move(more));
}
inline void define(std::string_view name, const char* default_value, std::string_view help = {}) {
    options().define(name, default_value, help);
}
template <OptionType T>
void define(std::string_view name, DefineOptions more = {}) {
    options().define<T>(name, std::move(more));
}

/// The value of an option; see OptionParser::get().
template <OptionType T>
[[nodiscard]] T get(std::string_view name) {
    return options().get<T>(name);
}
template <OptionType T>
[[nodiscard]] std::optional<T> get_optional(std::string_view name) {
    return options().get_optional<T>(name);
}

/// Sets an option; see OptionParser::set().
inline void set(std::string_view name, Value value) {
    options().set(name, std::move(value));
}

/// Sets the program's options from the command line, as main() has it, and returns what follows
/// them.
///
/// After `--help` it prints the help and ends the process with status 0; after a mistake it prints
/// a sentence that says which and ends the process with status 2, both on stderr. A final parse
/// sets logging up, to stderr at level info unless the options say otherwise. Where the program was
/// started with a standard stream closed, no file or connection gets that one's descriptor.
std::vector<std::string> parse_command_line(int argc, char** argv, bool final = true);

/// The same without the end of the process; see OptionParser::parse_command_line().
inline std::vector<std::string>
parse_command_line(std::vector<std::string> args, bool final = true) {
    return options().parse_command_line(std::move(args), final);
}

/// Throws Error when a command line has more than options; `rest` is what parse_command_line() has
/// returned.
///
///     options::refuse_rest(options::parse_command_line(argc, argv));
void refuse_rest(const std::vector<std::string>& rest);

/// Sets the program's options from a file; see OptionParser::parse_config_file().
inline void parse_config_file(const std::string& path, bool final = true) {
    options().parse_config_file(path, final);
}

inline void add_parse_callback(util::UniqueFunction<void()> callback) {
    options().add_parse_callback(std::move(callback));
}

inline void print_help(std::FILE* file = stderr) {
    options().print_help(file);
}

}  // namespace tornado::options
