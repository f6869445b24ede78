#include "tornado/options/option_parser.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <tornado/log/logger.hpp>
#include <tornado/util/scope_exit.hpp>

#include "config_file.hpp"
#include "help.hpp"
#include "option.hpp"
#include "parse_value.hpp"
#include "suggestion.hpp"

namespace tornado::options {

namespace {

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string read_file(const std::string& path) {
    const std::unique_ptr<std::FILE, CloseFile> file{std::fopen(path.c_str(), "rbe")};
    std::string text;
    char buffer[4096];
    while (file != nullptr && std::feof(file.get()) == 0) {
        text.append(buffer, std::fread(buffer, 1, sizeof buffer, file.get()));
        if (std::ferror(file.get()) != 0) {
            break;
        }
    }
    if (file == nullptr || std::ferror(file.get()) != 0) {
        const auto why = std::generic_category().message(errno);
        throw Error{"cannot read the configuration file " + path + ": " + why};
    }
    return text;
}

/// An argument such as `--name=value`, or `--name` alone.
struct Argument {
    explicit Argument(std::string_view arg) {
        arg.remove_prefix(std::min(arg.find_first_not_of('-'), arg.size()));
        const auto equals = arg.find('=');
        name = normalized(arg.substr(0, equals));
        if (equals != arg.npos) {
            value = arg.substr(equals + 1);
        }
    }

    std::string name;
    std::optional<std::string> value;
};

/// Runs `function`; puts the option's name before an Error of its.
template <typename F>
void named(std::string_view name, F function) {
    try {
        function();
    } catch (const Error& error) {
        throw Error{"the option --" + normalized(name) + ' ' + error.what()};
    }
}

}  // namespace

struct OptionParser::Impl {
    std::map<std::string, Option, std::less<>> options;
    std::vector<util::UniqueFunction<void()>> parse_callbacks;
    std::vector<std::string> files;  ///< that are being read: one may name the next
    std::string program = "program";

    Option* find(std::string_view name) {
        const auto found = options.find(normalized(name));
        return found != options.end() ? &found->second : nullptr;
    }

    Option& at(std::string_view name) {
        if (auto* option = find(name)) {
            return *option;
        }
        throw Error{no_such_option(name)};
    }

    std::string no_such_option(std::string_view name) const {
        std::vector<std::string_view> known;
        for (const auto& entry : options) {
            known.push_back(entry.first);
        }
        const auto sentence = "there is no option --" + normalized(name);
        const auto meant = std::string{nearest(normalized(name), known)};
        return meant.empty() ? sentence : sentence + "; did you mean --" + meant + '?';
    }

    void assign_argument(const Argument& argument) {
        const auto flag = "--" + argument.name;
        auto& option = at(argument.name);
        const bool needs_value = option.type.kind != Kind::boolean || option.type.multiple;
        if (needs_value && !argument.value) {
            const auto example = flag + '=' + metavar_of(option);
            throw Error{"the option " + flag + " needs a value: " + example};
        }
        try {
            assign(option, parse_value(argument.value.value_or("true"), option.type));
        } catch (const Error& error) {
            throw Error{flag + ": " + error.what()};
        }
    }
};

OptionParser::OptionParser() : impl_{std::make_unique<Impl>()} {
    define("help", false, "show this help information");
}

OptionParser::~OptionParser() = default;

void OptionParser::define_option(
    std::string_view name,
    Type type,
    Value default_value,
    DefineOptions options
) {
    if (name.empty() || name.front() == '-' || name.find_first_of("= \t\n") != name.npos) {
        throw Error{"\"" + std::string{name} + "\" cannot be the name of an option"};
    }
    if (options.multiple && !type.multiple) {
        type.multiple = true;
        if (default_value.has_value()) {
            default_value = Value{type, default_value.scalars()};
        }
    }
    Option option{type, default_value, default_value, std::move(options)};
    if (!impl_->options.try_emplace(normalized(name), std::move(option)).second) {
        throw Error{"the option --" + normalized(name) + " is already defined"};
    }
}

void OptionParser::define_option(
    std::string_view name,
    Type type,
    Value default_value,
    std::string_view help
) {
    define_option(name, type, std::move(default_value), {.help = std::string{help}});
}

void OptionParser::define(std::string_view name, const char* default_value, DefineOptions options) {
    define_option(name, type_of<std::string>(), Value{default_value}, std::move(options));
}

void OptionParser::define(std::string_view name, const char* default_value, std::string_view help) {
    define_option(name, type_of<std::string>(), Value{default_value}, help);
}

const Value& OptionParser::value(std::string_view name) const {
    return impl_->at(name).value;
}

const Value& OptionParser::value(std::string_view name, const Type& wanted) const {
    const auto& found = value(name);
    named(name, [&] { found.check(wanted); });
    return found;
}

void OptionParser::set(std::string_view name, Value value) {
    auto& option = impl_->at(name);
    if (value.has_value()) {
        named(name, [&] { check_assignable(value, option.type); });
        value = Value{option.type, value.scalars()};
    }
    assign(option, std::move(value));
}

Patch OptionParser::patch(std::string_view name, Value value) {
    return Patch{*this, name, std::move(value)};
}

bool OptionParser::defined(std::string_view name) const {
    return impl_->find(name) != nullptr;
}

OptionParser::Items OptionParser::items() const {
    Items all;
    for (const auto& [name, option] : impl_->options) {
        all.emplace_back(name, option.value);
    }
    return all;
}

std::vector<std::string> OptionParser::groups() const {
    std::set<std::string> all;
    for (const auto& entry : impl_->options) {
        all.insert(entry.second.more.group);
    }
    return {all.begin(), all.end()};
}

OptionParser::Items OptionParser::group_items(std::string_view group) const {
    Items members;
    for (const auto& [name, option] : impl_->options) {
        if (option.more.group == group) {
            members.emplace_back(name, option.value);
        }
    }
    return members;
}

std::vector<std::string>
OptionParser::parse_command_line(std::vector<std::string> args, bool final) {
    if (!args.empty()) {
        impl_->program = base_name(args.front());
        args.erase(args.begin());
    }
    auto next = args.begin();
    while (next != args.end() && next->size() > 1 && next->front() == '-') {  // "-" is no option
        const auto& arg = *next++;
        if (arg == "--") {
            break;
        }
        impl_->assign_argument(Argument{arg});
        if (get_optional<bool>("help").value_or(false)) {
            return {};
        }
    }
    args.erase(args.begin(), next);
    if (final) {
        run_parse_callbacks();
    }
    return args;
}

void OptionParser::parse_config_file(const std::string& path, bool final) {
    auto& files = impl_->files;
    if (std::find(files.begin(), files.end(), path) != files.end()) {
        throw Error{path + " names itself: it is being read already"};
    }
    files.push_back(path);
    const util::ScopeExit is_read{[&] { files.pop_back(); }};
    for (const auto& assignment : parse_config(read_file(path), path)) {
        const auto place = path + ':' + std::to_string(assignment.line) + ": ";
        auto* option = impl_->find(assignment.name);
        if (option == nullptr) {
            log::gen_log().warning(place, impl_->no_such_option(assignment.name));
            continue;
        }
        try {
            assign(*option, to_value(assignment, option->type));
        } catch (const Error& error) {
            throw Error{place + assignment.name + ": " + error.what()};
        }
    }
    if (final) {
        run_parse_callbacks();
    }
}

void OptionParser::add_parse_callback(util::UniqueFunction<void()> callback) {
    impl_->parse_callbacks.push_back(std::move(callback));
}

void OptionParser::run_parse_callbacks() {
    for (auto& callback : impl_->parse_callbacks) {
        callback();
    }
}

std::string OptionParser::help() const {
    std::vector<HelpEntry> entries;
    for (const auto& [name, option] : impl_->options) {
        entries.push_back(help_entry(name, option));
    }
    return format_help(impl_->program, entries);
}

void OptionParser::print_help(std::FILE* file) const {
    const auto page = help();
    std::fwrite(page.data(), 1, page.size(), file);
    std::fflush(file);
}

Patch::Patch(OptionParser& parser, std::string_view name, Value value)
    : parser_{parser},
      name_{name},
      former_{parser.value(name)} {
    parser_.set(name_, std::move(value));
}

Patch::~Patch() {
    parser_.set(name_, std::move(former_));
}

}  // namespace tornado::options
