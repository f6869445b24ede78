#include "file_parser.hpp"

#include <algorithm>
#include <utility>

#include "text.hpp"
#include "tornado/escape/utf8.hpp"
#include "tornado/template/error.hpp"
#include "whitespace.hpp"

namespace tornado::templating::detail {

namespace {

constexpr unsigned greatest_depth = 100;

std::string_view stripped(std::string_view text) {
    return text::strip_right(text::strip_left(text));
}

std::string_view without_quotes(std::string_view name, char quote) {
    while (!name.empty() && name.front() == quote) {
        name.remove_prefix(1);
    }
    while (!name.empty() && name.back() == quote) {
        name.remove_suffix(1);
    }
    return name;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_intermediate(std::string_view word) {
    return is_one_of(word, {"else", "elif", "except", "finally"});
}

/// Whether a word such as `else` may belong to this block.
bool may_stand_in(std::string_view word, std::string_view block) {
    if (word == "else") {
        return is_one_of(block, {"if", "for", "while", "try"});
    }
    return block == (word == "elif" ? "if" : "try");
}

Statement::Kind kind_of(std::string_view word) {
    return word == "if"      ? Statement::Kind::if_
           : word == "for"   ? Statement::Kind::for_
           : word == "while" ? Statement::Kind::while_
           : word == "try"   ? Statement::Kind::try_
           : word == "apply" ? Statement::Kind::apply
                             : Statement::Kind::block;
}

}  // namespace

File parse_file(
    std::string_view text,
    const std::string& name,
    std::string_view whitespace,
    std::optional<std::string> autoescape
) {
    File file{.name = name, .autoescape = std::move(autoescape)};
    FileParser{text, whitespace, file}.parse();
    return file;
}

FileParser::FileParser(std::string_view text, std::string_view whitespace, File& file)
    : text_{text},
      whitespace_{whitespace},
      file_{file} {}

void FileParser::fail(const std::string& message) const {
    throw ParseError{message, file_.name, line_};
}

/// Runs a parser of expressions; what it refuses is an error of this directive.
template <typename Parse>
auto FileParser::checked(std::string_view directive, Parse parse) {
    try {
        return parse();
    } catch (const SyntaxError& error) {
        constexpr std::size_t most = 60;
        const bool is_long = directive.size() > most;
        const auto shown = directive.substr(0, is_long ? text::offset(directive, most) : most);
        const auto sentence = "Invalid syntax in \"" + std::string{shown} + (is_long ? "…" : "") +
                              "\": " + error.message;
        throw ParseError{sentence, file_.name, directive_line_};
    }
}

void FileParser::parse() {
    if (!escape::is_valid_utf8(text_)) {
        fail("The template is not UTF-8");
    }
    file_.body = std::move(branches({}).front().body);
    if (file_.autoescape) {
        file_.escape_function = checked("autoescape " + *file_.autoescape, [&] {
            return parse_expression(*file_.autoescape);
        });
    }
}

std::string_view FileParser::consume(std::size_t size) {
    const auto part = text_.substr(position_, size);
    line_ += static_cast<std::uint32_t>(std::count(part.begin(), part.end(), '\n'));
    position_ += part.size();
    return part;
}

std::string_view FileParser::consume_to(std::string_view end, const char* message) {
    const auto found = text_.find(end, position_);
    if (found == text_.npos) {
        fail(message);
    }
    const auto inside = stripped(consume(found - position_));
    position_ += end.size();
    return inside;
}

/// Where the next `{{`, `{%` or `{#` begins; of several braces the innermost two count.
std::size_t FileParser::find_directive() const {
    auto brace = text_.find('{', position_);
    while (brace != text_.npos && brace + 1 < text_.size()) {
        const char second = text_[brace + 1];
        const bool triple = second == '{' && brace + 2 < text_.size() && text_[brace + 2] == '{';
        if (!triple && (second == '{' || second == '%' || second == '#')) {
            return brace;
        }
        brace = triple ? brace + 1 : text_.find('{', brace + 1);
    }
    return text_.npos;
}

void FileParser::add_text(std::string_view text, Body& body) {
    const bool preformatted = text.find("<pre>") != text.npos;
    auto kept = preformatted ? std::string{text} : filtered(whitespace_, text);
    if (kept.empty()) {
        return;
    }
    if (!body.empty() && body.back().kind == Statement::Kind::text) {
        body.back().text += kept;
        return;
    }
    Statement statement;
    statement.line = line_;
    statement.text = std::move(kept);
    body.push_back(std::move(statement));
}

void FileParser::emit(std::uint32_t line, Body& body) {
    const auto inside = consume_to("}}", "Missing end expression }}");
    if (inside.empty()) {
        fail("Empty expression");
    }
    Statement statement;
    statement.kind = Statement::Kind::emit;
    statement.line = line;
    statement.expression = checked(inside, [&] { return parse_expression(inside); });
    body.push_back(std::move(statement));
}

std::vector<Branch> FileParser::branches(Block block) {
    if (block.depth > greatest_depth) {
        fail("Blocks are nested too deeply");
    }
    std::vector<Branch> found(1);
    while (true) {
        const auto brace = find_directive();
        if (brace == text_.npos) {
            if (!block.name.empty()) {
                fail("Missing {% end %} block for " + std::string{block.name});
            }
            add_text(consume(text_.size() - position_), found.back().body);
            return found;
        }
        add_text(consume(brace - position_), found.back().body);
        const auto opening = consume(2);
        const auto line = line_;
        directive_line_ = line;
        if (position_ < text_.size() && text_[position_] == '!') {
            ++position_;
            add_text(opening, found.back().body);
        } else if (opening == "{#") {
            (void)consume_to("#}", "Missing end comment #}");
        } else if (opening == "{{") {
            emit(line, found.back().body);
        } else if (!directive(block, line, found)) {
            return found;
        }
    }
}

bool FileParser::directive(Block& block, std::uint32_t line, std::vector<Branch>& branches) {
    const auto inside = consume_to("%}", "Missing end block %}");
    if (inside.empty()) {
        fail("Empty block tag ({% %})");
    }
    const auto word = inside.substr(0, inside.find(' '));
    const auto rest = stripped(inside.substr(word.size()));
    auto& body = branches.back().body;
    Statement statement;
    statement.line = line;
    if (is_intermediate(word)) {
        intermediate(block, word, rest, line, branches);
    } else if (word == "end") {
        if (block.name.empty()) {
            fail("Extra {% end %} block");
        }
        return false;
    } else if (is_one_of(word, {"comment", "autoescape", "whitespace"})) {
        setting(word, rest);
    } else if (is_one_of(word, {"break", "continue"})) {
        if (!block.in_loop) {
            fail(std::string{word} + " outside of a for or while block");
        }
        if (!rest.empty()) {
            fail("Nothing may follow " + std::string{word});
        }
        statement.kind = word == "break" ? Statement::Kind::break_ : Statement::Kind::continue_;
        body.push_back(std::move(statement));
    } else if (is_one_of(word, {"apply", "block", "try", "if", "for", "while"})) {
        auto made = nested(block, word, rest, line);
        body.push_back(std::move(made));
    } else if (word == "extends" && block.depth != 0) {
        fail("extends inside of a block");
    } else if (is_one_of(word, {"extends", "include", "set", "import", "from", "raw", "module"})) {
        simple(word, rest, std::move(statement), body);
    } else {
        fail("unknown operator: '" + std::string{word} + "'");
    }
    return true;
}

void FileParser::setting(std::string_view word, std::string_view rest) {
    if (word == "autoescape") {
        file_.autoescape = std::string{rest};
        if (rest == "None" || rest.empty()) {
            file_.autoescape.reset();
        }
    } else if (word == "whitespace") {
        if (!is_whitespace_mode(rest)) {
            fail("invalid whitespace mode " + std::string{rest});
        }
        whitespace_ = rest;
    }
}

void FileParser::simple(
    std::string_view word,
    std::string_view rest,
    Statement statement,
    Body& body
) {
    if (word == "extends" || word == "include") {
        rest = without_quotes(without_quotes(rest, '"'), '\'');
        if (rest.empty()) {
            fail(std::string{word} + " missing file path");
        }
        statement.kind = word == "extends" ? Statement::Kind::extends : Statement::Kind::include;
        statement.text = rest;
    } else if (word == "set") {
        if (rest.empty()) {
            fail("set missing statement");
        }
        auto assignment = checked(rest, [&] { return parse_assignment(rest); });
        statement.kind = Statement::Kind::set;
        statement.operation = assignment.operation;
        statement.targets = std::move(assignment.targets);
        statement.expression = std::move(assignment.value);
    } else if (word == "import" || word == "from") {
        if (rest.empty()) {
            fail("import missing statement");
        }
        const auto whole = std::string{word} + " " + std::string{rest};
        statement.kind = Statement::Kind::import;
        statement.imports = checked(whole, [&] { return parse_import(whole); });
    } else {
        const auto whole = (word == "module" ? "_tt_modules." : "") + std::string{rest};
        statement.kind = Statement::Kind::emit;
        statement.escape = Statement::raw;
        statement.expression = checked(rest, [&] { return parse_expression(whole); });
    }
    body.push_back(std::move(statement));
}

Statement FileParser::nested(
    const Block& around,
    std::string_view word,
    std::string_view rest,
    std::uint32_t line
) {
    Statement statement;
    statement.kind = kind_of(word);
    statement.line = line;
    const bool loops = word == "for" || word == "while";
    const bool in_loop = loops || (word != "apply" && around.in_loop);
    // What the directive itself says is judged first, at its own line.
    if ((word == "apply" || word == "block") && rest.empty()) {
        fail(std::string{word} + (word == "apply" ? " missing method name" : " missing name"));
    }
    Expression condition;
    if (word == "block") {
        statement.text = rest;
    } else if (word == "apply") {
        statement.expression = checked(rest, [&] { return parse_expression(rest); });
    } else if (word == "try") {
        if (!rest.empty()) {
            fail("Nothing may follow try");
        }
    } else {
        const auto whole = std::string{word} + " " + std::string{rest};
        condition = checked(whole, [&] {
            return word == "for" ? parse_for(rest) : parse_expression(rest);
        });
    }
    statement.branches = branches({word, in_loop, around.in_loop, around.depth + 1});
    statement.branches.front().line = line;
    statement.branches.front().condition = std::move(condition);
    if (word == "try") {
        check_try(statement.branches);
    }
    return statement;
}

void FileParser::intermediate(
    Block& block,
    std::string_view word,
    std::string_view rest,
    std::uint32_t line,
    std::vector<Branch>& branches
) {
    if (block.name.empty()) {
        fail(std::string{word} + " outside of its block");
    }
    if (!may_stand_in(word, block.name)) {
        fail(
            std::string{word} + " block cannot be attached to " + std::string{block.name} + " block"
        );
    }
    Branch branch;
    branch.line = line;
    const auto last = branches.back().kind;
    const bool closed =
        last == Branch::Kind::finally || (last == Branch::Kind::else_ && word != "finally");
    if (closed || (word == "else" && block.name == "try" && last != Branch::Kind::except)) {
        fail(std::string{word} + " block is out of order");
    }
    if (word == "elif") {
        branch.kind = Branch::Kind::elif_;
        branch.condition = checked(rest, [&] { return parse_expression(rest); });
    } else if (word == "except") {
        branch.kind = Branch::Kind::except;
        branch.condition = checked(rest, [&] { return parse_except(rest); });
    } else {
        if (!rest.empty()) {
            fail("Nothing may follow " + std::string{word});
        }
        branch.kind = word == "else" ? Branch::Kind::else_ : Branch::Kind::finally;
        if (word == "else" && (block.name == "for" || block.name == "while")) {
            block.in_loop = block.around_in_loop;
        }
    }
    branches.push_back(std::move(branch));
}

void FileParser::check_try(const std::vector<Branch>& branches) {
    if (branches.size() < 2) {
        fail("try block without except or finally");
    }
    for (std::size_t i = 1; i < branches.size(); ++i) {
        const auto& branch = branches[i];
        const bool catches_all =
            branch.kind == Branch::Kind::except && branch.condition.parts[0].op == Op::nothing;
        if (catches_all && i + 1 < branches.size() &&
            branches[i + 1].kind == Branch::Kind::except) {
            fail("an except block without a type must be the last");
        }
    }
}

}  // namespace tornado::templating::detail
