#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tornado/log/pretty_logging.hpp>
#include <vector>

#include "tornado/options/option_parser.hpp"

namespace tornado::options {

namespace {

constexpr auto group = "Logging";

std::string to_lower(std::string text) {
    for (auto& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

/// A callback that refuses all words but these, in either case, and None.
auto one_of(std::initializer_list<std::string_view> words) {
    return [words = std::vector<std::string_view>(words)](const Value& value) {
        if (!value.has_value()) {
            return;
        }
        const auto given = value.text();
        std::string list;
        for (const auto word : words) {
            if (word == to_lower(given)) {
                return;
            }
            list += (list.empty() ? "" : ", ") + std::string{word};
        }
        throw Error{'"' + given + "\" is none of " + list};
    };
}

log::LogOptions log_options(const OptionParser& parser) {
    log::LogOptions options;
    options.log_async = parser.get<bool>("log_async");
    options.log_file_max_size = parser.get<std::size_t>("log_file_max_size");
    options.log_file_num_backups = parser.get<std::size_t>("log_file_num_backups");
    options.log_file_prefix = parser.get_optional<std::string>("log_file_prefix").value_or("");
    options.log_format = to_lower(parser.get<std::string>("log_format")) == "json"
                             ? log::LogFormat::json
                             : log::LogFormat::text;
    options.log_rotate_interval = parser.get<int>("log_rotate_interval");
    options.log_rotate_mode = to_lower(parser.get<std::string>("log_rotate_mode")) == "time"
                                  ? log::RotateMode::time
                                  : log::RotateMode::size;
    options.log_rotate_when = parser.get<std::string>("log_rotate_when");
    options.log_to_stderr = parser.get_optional<bool>("log_to_stderr");
    options.logging =
        log::parse_level(parser.get_optional<std::string>("logging").value_or("none"));
    return options;
}

}  // namespace

void define_logging_options(OptionParser& parser) {
    const log::LogOptions defaults;
    parser.define(
        "log_async",
        defaults.log_async,
        {.group = group,
         .help = "write the log in a thread of its own, so that nothing waits for it"}
    );
    parser.define(
        "log_file_max_size",
        defaults.log_file_max_size,
        {.group = group,
         .help = "size in bytes at which a log file is set aside",
         .metavar = "BYTES"}
    );
    parser.define(
        "log_file_num_backups",
        defaults.log_file_num_backups,
        {.group = group, .help = "number of old log files to keep"}
    );
    parser.define<std::string>(
        "log_file_prefix",
        {.group = group, .help = "path of the log file; processes may share it", .metavar = "PATH"}
    );
    parser.define(
        "log_format",
        "text",
        {.callback = one_of({"text", "json"}),
         .group = group,
         .help = "lines for people, or an object of JSON each",
         .metavar = "text|json"}
    );
    parser.define(
        "log_rotate_interval",
        defaults.log_rotate_interval,
        {.group = group, .help = "how many of the units of --log-rotate-when a log file is for"}
    );
    parser.define(
        "log_rotate_mode",
        "size",
        {.callback = one_of({"size", "time"}),
         .group = group,
         .help = "what makes log files rotate",
         .metavar = "size|time"}
    );
    parser.define(
        "log_rotate_when",
        defaults.log_rotate_when,
        {.group = group,
         .help = "when log files rotate by time: S, M, H, D, midnight, or W0 (Monday) to W6",
         .metavar = "WHEN"}
    );
    parser.define<bool>(
        "log_to_stderr",
        {.group = group, .help = "send the log to stderr; by default only if it goes nowhere else"}
    );
    parser.define(
        "logging",
        "info",
        {.callback = one_of({"debug", "info", "warning", "error", "critical", "none"}),
         .group = group,
         .help = "the least level to log; none leaves logging as it is",
         .metavar = "LEVEL"}
    );
    parser.add_parse_callback([&parser] {
        try {
            log::enable_pretty_logging(log_options(parser));
        } catch (const std::system_error& error) {  // the file the user named cannot be opened
            throw Error{error.what()};
        } catch (const std::invalid_argument& error) {
            throw Error{error.what()};
        }
    });
}

}  // namespace tornado::options
