// Writes C++ of templates, for tornado_add_templates():
//
//     tornado-compile-templates --root FOLDER --set NAME --output FILE.cpp [--depfile FILE.d]
//         [--autoescape FUNCTION] [--whitespace MODE] [--header FILE]... [--name NAME=TYPE]...
//         [--symbol NAME] TEMPLATE...
//
// All templates are tried; each that cannot be compiled is told with its file and line, and the
// program then ends with 1, having written the others.
#include <tornado/templating.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "linker.hpp"
#include "loader_state.hpp"
#include "template_writer.hpp"
#include "whitespace.hpp"

namespace {

namespace templating = tornado::templating;
namespace tool = tornado::templating::tool;

struct CommandLine {
    std::string root;
    std::string set;
    std::string output;
    std::string depfile;
    std::string symbol;
    std::vector<std::string> headers;
    std::vector<std::string> templates;
    tool::Types types;
    templating::LoaderOptions options;
};

bool is_name(std::string_view text) {
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
           });
}

void add_type(tool::Types& types, const std::string& declaration) {
    const auto equals = declaration.find('=');
    const auto name = declaration.substr(0, equals);
    if (equals == declaration.npos || !is_name(name)) {
        throw std::invalid_argument{"--name takes NAME=TYPE, not " + declaration};
    }
    types[name] = declaration.substr(equals + 1);
}

CommandLine parse(const std::vector<std::string>& arguments) {
    CommandLine line;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& option = arguments[i];
        if (!option.starts_with("--")) {
            line.templates.push_back(option);
            continue;
        }
        if (i + 1 == arguments.size()) {
            throw std::invalid_argument{option + " needs a value"};
        }
        const auto& value = arguments[++i];
        if (option == "--root") {
            line.root = value;
        } else if (option == "--set") {
            line.set = value;
        } else if (option == "--output") {
            line.output = value;
        } else if (option == "--depfile") {
            line.depfile = value;
        } else if (option == "--symbol") {
            line.symbol = value;
        } else if (option == "--header") {
            line.headers.push_back(value);
        } else if (option == "--name") {
            add_type(line.types, value);
        } else if (option == "--autoescape") {
            line.options.autoescape = value;
        } else if (option == "--whitespace") {
            line.options.whitespace = value;
        } else {
            throw std::invalid_argument{"there is no option " + option};
        }
    }
    if (line.root.empty() || line.output.empty() || line.templates.empty()) {
        throw std::invalid_argument{"--root, --output and a template are needed"};
    }
    return line;
}

/// Gives the linker what it needs, and remembers all files that it asked for.
class SourceLoader : public templating::Loader {
public:
    using Loader::Loader;

    [[nodiscard]] std::shared_ptr<const templating::detail::Program>
    link(const std::string& name, const templating::LoaderOptions& options) {
        const std::string_view whitespace = options.whitespace.empty()
                                                ? templating::detail::default_whitespace(name)
                                                : std::string_view{options.whitespace};
        const auto escape = templating::detail::escape_function(options.autoescape);
        return templating::detail::Linker{this}.link(
            std::make_shared<const templating::detail::File>(templating::detail::parse_file(
                read(resolve_path(name)).text, name, whitespace, escape
            ))
        );
    }

    std::set<std::string> files;

protected:
    [[nodiscard]] Source read(const std::string& name) override {
        files.insert(name);
        return Loader::read(name);
    }
};

void write_head(const CommandLine& line, std::ostream& out) {
    out << "// Written by tornado-compile-templates.\n"
           "#include <tornado/template/compiled/generated.hpp>\n\n"
           "#include <limits>\n#include <string>\n#include <vector>\n\n";
    for (const auto& header : line.headers) {
        out << "#include \"" << header << "\"\n";
    }
    if (!line.symbol.empty()) {
        out << "extern \"C\" const char " << line.symbol << ";\n"
            << "const char " << line.symbol << " = 0;\n";
    }
    out << "namespace {\n"
           "namespace rt = tornado::templating::compiled;\n"
           "namespace values = tornado::templating::detail;\n";
    for (const auto& [name, type] : line.types) {
        out << "using name_" << name << " = " << type << ";\n";
    }
}

/// A path as makefiles have it.
std::string escaped(std::string_view path) {
    std::string result;
    for (const char c : path) {
        result += c == ' ' || c == '#' ? "\\" : "";
        result += c == '$' ? "$" : "";
        result += c;
    }
    return result;
}

void write_depfile(const CommandLine& line, const std::set<std::string>& files) {
    std::ofstream out{line.depfile, std::ios::binary};
    out << escaped(line.output) << ":";
    for (const auto& file : files) {
        out << " " << escaped(line.root + "/" + file);
    }
    out << "\n";
}

/// The place where an editor finds it: file, line, sentence.
void tell(const CommandLine& line, const templating::ParseError& error) {
    std::cerr << line.root << "/" << error.filename() << ":" << std::max(1U, error.lineno())
              << ": error: " << error.message() << "\n";
}

int run(const CommandLine& line) {
    SourceLoader loader{line.root, line.options};
    tool::CppWriter code;
    bool failed = false;
    for (std::size_t i = 0; i < line.templates.size(); ++i) {
        try {
            const auto program = loader.link(line.templates[i], line.options);
            tool::TemplateWriter{*program, line.types, line.root, code}.write(
                line.set, std::to_string(i)
            );
        } catch (const templating::ParseError& error) {
            tell(line, error);
            failed = true;
        }
    }
    std::ofstream out{line.output, std::ios::binary};
    write_head(line, out);
    out << code.text() << "}  // namespace\n";
    out.close();
    if (!out) {
        throw std::runtime_error{"cannot write " + line.output};
    }
    if (!line.depfile.empty()) {
        write_depfile(line, loader.files);
    }
    return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(parse({argv + 1, argv + argc}));
    } catch (const std::exception& error) {
        std::cerr << "tornado-compile-templates: " << error.what() << "\n";
        return 2;
    }
}
