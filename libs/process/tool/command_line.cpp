#include "command_line.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace tornado::process::tool {

const char* const usage = R"(Usage: tornado-autoreload [OPTIONS] [--] PROGRAM [ARGUMENTS]

Runs the program, and again whenever its file or one of the watched files has
changed. SIGINT and SIGTERM go on to the program, and end both.

  --build COMMAND  have the shell run this first, and after each change; the
                   program is started again only when it succeeds
  --grace SECONDS  how long a program may take to end after SIGTERM, before it
                   gets SIGKILL (default 5)
  --help           show this
  --until-success  end as soon as the program has exited with status 0
  --watch PATH     watch this file, too, or all files below this folder; may be
                   given several times

  tornado-autoreload ./server --port=8000
  tornado-autoreload --build "make server" --watch src --watch templates ./server
)";

namespace {

[[noreturn]] void refuse(const std::string& sentence) {
    throw std::invalid_argument{sentence + " (--help lists all options)"};
}

std::chrono::milliseconds seconds(const std::string& text) {
    constexpr double a_year = 365.0 * 24 * 60 * 60;
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end || !(value >= 0 && value <= a_year)) {
        refuse("--grace: \"" + text + "\" is no number of seconds");
    }
    constexpr double milliseconds = 1000;
    return std::chrono::milliseconds{std::llround(value * milliseconds)};
}

/// One option at a time: `--name`, `--name value` or `--name=value`.
class Parser {
public:
    explicit Parser(const std::vector<std::string>& arguments) : arguments_{arguments} {}

    CommandLine parse() {
        while (at_ < arguments_.size() && arguments_[at_].starts_with('-') && arguments_[at_] != "-"
        ) {
            const auto& argument = arguments_[at_++];
            if (argument == "--") {
                break;
            }
            const auto equals = argument.find('=');
            name_ = argument.substr(0, equals);
            value_.reset();
            if (equals != argument.npos) {
                value_ = argument.substr(equals + 1);
            }
            option();
        }
        result_.program.assign(
            arguments_.begin() + static_cast<std::ptrdiff_t>(at_), arguments_.end()
        );
        if (result_.program.empty() && !result_.help) {
            refuse("there is no program to run");
        }
        return std::move(result_);
    }

private:
    void option() {
        if (name_ == "--build") {
            if (!result_.build.empty()) {
                refuse("--build is given twice: join the commands by &&");
            }
            result_.build = value("a command");
        } else if (name_ == "--grace") {
            result_.grace = seconds(value("a number of seconds"));
        } else if (name_ == "--watch") {
            result_.watch.push_back(value("a path"));
        } else if (name_ == "--until-success") {
            result_.until_success = true;
            no_value();
        } else if (name_ == "--help" || name_ == "-h") {
            result_.help = true;
            no_value();
        } else {
            refuse("there is no option " + name_);
        }
    }

    std::string value(std::string_view kind) {
        if (!value_ && at_ < arguments_.size()) {
            value_ = arguments_[at_++];
        }
        if (!value_ || value_->empty()) {
            refuse(name_ + " needs " + std::string{kind});
        }
        return *std::move(value_);
    }
    void no_value() {
        if (value_) {
            refuse(name_ + " takes no value");
        }
    }

    const std::vector<std::string>& arguments_;
    std::size_t at_ = 0;
    std::string name_;
    std::optional<std::string> value_;
    CommandLine result_;
};

}  // namespace

CommandLine parse(const std::vector<std::string>& arguments) {
    return Parser{arguments}.parse();
}

}  // namespace tornado::process::tool
