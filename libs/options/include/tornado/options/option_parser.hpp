#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tornado/options/error.hpp"
#include "tornado/options/value.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::options {

/// What define() can be told beyond name and default.
struct DefineOptions {
    /// Called with the new value each time it is set, by whatever means.
    util::UniqueFunction<void(const Value&)> callback = nullptr;
    /// The heading under which the help lists it; the program's own options have none.
    std::string group = "";
    std::string help = "";
    /// What the help shows for its value; by default a word for its type.
    std::string metavar = "";
    /// Whether it takes several values, separated by commas; integers also as ranges, `lo:hi`.
    bool multiple = false;
};

class Patch;

/// A set of named, typed options, filled from the command line and from configuration files.
///
/// In names `-` and `_` mean the same. The option `help` is there from the start. Most programs
/// need only the one behind the functions of global.hpp.
///
/// Errors: what the user or the program did wrong is thrown as Error.
/// Thread safety: set up by one thread; get() by any while nobody changes it.
/// Mirrors `tornado.options.OptionParser`.
class OptionParser {
public:
    using Items = std::vector<std::pair<std::string, Value>>;

    OptionParser();
    OptionParser(const OptionParser&) = delete;
    OptionParser& operator=(const OptionParser&) = delete;
    ~OptionParser();

    /// Defines an option. Its type is that of its default. Throws if it is there already.
    template <OptionType T>
    void define(std::string_view name, const T& default_value, DefineOptions options = {}) {
        define_option(name, type_of<T>(), Value{default_value}, std::move(options));
    }
    template <OptionType T>
    void define(std::string_view name, const T& default_value, std::string_view help) {
        define_option(name, type_of<T>(), Value{default_value}, help);
    }
    /// Defines an option of text.
    void define(std::string_view name, const char* default_value, DefineOptions options);
    void define(std::string_view name, const char* default_value, std::string_view help = {});
    /// Defines an option that has no value until it is given one.
    template <OptionType T>
    void define(std::string_view name, DefineOptions options = {}) {
        define_option(name, type_of<T>(), Value{}, std::move(options));
    }

    /// The option's value. Throws when there is no such option, when it has no value, or when its
    /// value is no T. A list is a std::vector.
    template <OptionType T>
    [[nodiscard]] T get(std::string_view name) const {
        return value(name, type_of<T>()).template as<T>();
    }
    /// The same, but nullopt when it has no value.
    template <OptionType T>
    [[nodiscard]] std::optional<T> get_optional(std::string_view name) const {
        return value(name).has_value() ? std::optional<T>{get<T>(name)} : std::nullopt;
    }
    /// The option's value, of whatever type. Throws when there is no such option.
    [[nodiscard]] const Value& value(std::string_view name) const;

    /// Sets the option, which must be of that type; a Value{} takes its value away.
    void set(std::string_view name, Value value);

    /// Sets an option for as long as the result lives: for tests. Mirrors `mockable()`.
    [[nodiscard]] Patch patch(std::string_view name, Value value);

    [[nodiscard]] bool defined(std::string_view name) const;
    /// All options with their values, sorted by name. Mirrors `items()` and `as_dict()`.
    [[nodiscard]] Items items() const;
    /// The groups there are, sorted.
    [[nodiscard]] std::vector<std::string> groups() const;
    /// The options of one group, sorted by name. Mirrors `group_dict()`.
    [[nodiscard]] Items group_items(std::string_view group) const;

    /// Sets options from arguments such as `--port=80`, and returns those that follow the options,
    /// from the first that does not begin with "-", or after "--".
    ///
    /// The first argument is the program's name. A bool needs no value. After `--help` it returns
    /// at once: get<bool>("help") is then true. Parse callbacks run if `final`.
    std::vector<std::string> parse_command_line(std::vector<std::string> args, bool final = true);

    /// Sets options from the lines of a file, such as `port = 80`, in UTF-8.
    ///
    /// Values are numbers, quoted strings, True, False (or true, false), None, and [lists] of them.
    /// A string for an option of another type is read as on the command line. `#` begins a comment.
    /// Names that nobody defined are logged as warnings, since programs may share a file.
    /// Errors name file and line. Parse callbacks run if `final`. A file that is read from the
    /// callback of an option in another must not name one that is still being read.
    void parse_config_file(const std::string& path, bool final = true);

    /// Adds a function that run_parse_callbacks() calls.
    void add_parse_callback(util::UniqueFunction<void()> callback);
    /// Calls the parse callbacks, in the order they came.
    void run_parse_callbacks();

    /// The list of all options, for people: their texts end at the 79th character of a line. Each
    /// shows what its value is, `--port=INTEGER`, but for those that are on or off.
    [[nodiscard]] std::string help() const;
    void print_help(std::FILE* file = stderr) const;

private:
    struct Impl;

    /// The option's value. Throws, with its name, unless it can be had as a `wanted`.
    [[nodiscard]] const Value& value(std::string_view name, const Type& wanted) const;
    void
    define_option(std::string_view name, Type type, Value default_value, DefineOptions options);
    void
    define_option(std::string_view name, Type type, Value default_value, std::string_view help);

    std::unique_ptr<Impl> impl_;
};

/// Gives an option its former value back at the end of its life. The parser must outlive it.
class [[nodiscard]] Patch {
public:
    Patch(OptionParser& parser, std::string_view name, Value value);
    Patch(const Patch&) = delete;
    Patch& operator=(const Patch&) = delete;
    ~Patch();

private:
    OptionParser& parser_;
    std::string name_;
    Value former_;
};

/// Defines Tornado's logging options (`logging`, `log_file_prefix` and so on) and applies them
/// after each final parse. The program's own options have them from the start.
void define_logging_options(OptionParser& parser);

}  // namespace tornado::options
