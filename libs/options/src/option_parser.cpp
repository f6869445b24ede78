#include "tornado/options/option_parser.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <tornado/log/logger.hpp>

#include "config_file.hpp"
#include "help.hpp"
#include "parse_value.hpp"
#include "suggestion.hpp"

namespace tornado::options {

namespace {

std::string normalized(std::string_view name) {
    std::string text{name};
    std::replace(text.begin(), text.end(), '_', '-');
    return text;
}

std::string default_metavar(const Type& type) {
    constexpr const char* words[] = {"BOOL", "INTEGER", "NUMBER", "TEXT", "DURATION", "TIME"};
    std::string word = words[static_cast<std::size_t>(type.kind)];
    return type.multiple ? word + ",..." : word;
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::string read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file.is_open() || file.bad()) {
        throw Error{
            "cannot read the configuration file " + path + ": " +
            std::generic_category().message(errno)};
    }
    return text;
}

struct Option {
    Type type;
    Value value;
    Value default_value;
    DefineOptions more;
};

}  // namespace

struct OptionParser::Impl {
    std::map<std::string, Option, std::less<>> options;
    std::vector<util::UniqueFunction<void()>> parse_callbacks;
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
        const auto meant = nearest(normalized(name), known);
        auto sentence = "there is no option --" + normalized(name);
        return meant.empty() ? sentence : sentence + "; did you mean --" + std::string{meant} + '?';
    }

    static void assign(Option& option, Value value) {
        option.value = std::move(value);
        if (option.more.callback) {
            const auto copy = option.value;  // the callback may set the option again
            option.more.callback(copy);
        }
    }
};

OptionParser::OptionParser() : impl_{std::make_unique<Impl>()} {
    define("help", false, "show this help information");
}

OptionParser::OptionParser(OptionParser&&) noexcept = default;
OptionParser& OptionParser::operator=(OptionParser&&) noexcept = default;
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
    auto key = normalized(name);
    Option option{type, default_value, default_value, std::move(options)};
    if (!impl_->options.try_emplace(key, std::move(option)).second) {
        throw Error{"the option --" + key + " is already defined"};
    }
}

const Value& OptionParser::value(std::string_view name) const {
    return impl_->at(name).value;
}

void OptionParser::throw_named(std::string_view name, const Error& error) {
    throw Error{"the option --" + normalized(name) + ' ' + error.what()};
}

void OptionParser::set(std::string_view name, Value value) {
    auto& option = impl_->at(name);
    if (value.has_value()) {
        const auto& given = value.type();
        if (given.kind != option.type.kind || given.multiple != option.type.multiple) {
            throw Error{
                "the option --" + normalized(name) + " is " + describe(option.type) + ", not " +
                describe(given)};
        }
        if (given.kind == Kind::integer) {
            for (const auto& scalar : value.scalars()) {
                const auto number = std::get<std::int64_t>(scalar);
                if (number < option.type.least || number > option.type.greatest) {
                    throw Error{
                        "the option --" + normalized(name) + " cannot be " +
                        std::to_string(number)};
                }
            }
        }
        value = Value{option.type, value.scalars()};
    }
    Impl::assign(option, std::move(value));
}

Patch OptionParser::patch(std::string_view name, Value value) {
    return Patch{*this, name, std::move(value)};
}

bool OptionParser::defined(std::string_view name) const noexcept {
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
    while (next != args.end() && next->size() > 1 && next->front() == '-') {
        const std::string_view arg{*next++};
        if (arg == "--") {
            break;
        }
        const auto text = arg.substr(std::min(arg.find_first_not_of('-'), arg.size()));
        const auto equals = text.find('=');
        const auto name = text.substr(0, equals);
        auto& option = impl_->at(name);
        if (equals == text.npos && (option.type.kind != Kind::boolean || option.type.multiple)) {
            throw Error{
                "the option --" + normalized(name) + " needs a value: --" + normalized(name) + '=' +
                default_metavar(option.type)};
        }
        const auto value = equals == text.npos ? std::string_view{"true"} : text.substr(equals + 1);
        try {
            Impl::assign(option, parse_value(value, option.type));
        } catch (const Error& error) {
            throw Error{"--" + normalized(name) + ": " + error.what()};
        }
        if (normalized(name) == "help" && get<bool>("help")) {
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
    for (const auto& assignment : parse_config(read_file(path), path)) {
        const auto place = path + ':' + std::to_string(assignment.line) + ": ";
        auto* option = impl_->find(assignment.name);
        if (option == nullptr) {
            log::gen_log().warning(place, impl_->no_such_option(assignment.name));
            continue;
        }
        try {
            Impl::assign(*option, to_value(assignment, option->type));
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
        HelpEntry entry{option.more.group, name, option.more.help};
        const bool flag = option.type.kind == Kind::boolean && !option.type.multiple;
        if (!option.more.metavar.empty()) {
            entry.name += '=' + option.more.metavar;
        } else if (!flag) {
            entry.name += '=' + default_metavar(option.type);
        }
        const auto default_text = option.default_value.text();
        const bool plain_flag =
            flag && default_text == "false";  // a flag that is off needs no words
        if (!default_text.empty() && !plain_flag) {
            entry.text += (entry.text.empty() ? "(default " : " (default ") + default_text + ')';
        }
        entries.push_back(std::move(entry));
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
