#include "linker.hpp"

#include <algorithm>
#include <utility>

#include "loader_state.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/loader.hpp"

namespace tornado::templating::detail {

namespace {

constexpr unsigned greatest_depth = 50;
constexpr std::size_t most_statements = 200'000;
/// Of statements within one another, over all files: rendering takes some stack for each.
constexpr unsigned greatest_nesting = 500;

const Statement* extends_of(const File& file) {
    const Statement* found = nullptr;
    for (const auto& statement : file.body) {
        if (statement.kind == Statement::Kind::extends) {
            if (found != nullptr) {
                throw ParseError{"a template extends only one other", file.name, statement.line};
            }
            found = &statement;
        }
    }
    return found;
}

}  // namespace

std::shared_ptr<Program> new_program(std::string name, const LoaderState* state) {
    auto program = std::make_shared<Program>();
    program->name = std::move(name);
    program->modules = state != nullptr ? state->modules : std::make_shared<Modules>();
    program->names = state != nullptr ? state->names : std::make_shared<Namespace>();
    return program;
}

std::shared_ptr<Program> Linker::link(const std::shared_ptr<const File>& file) {
    program_ = new_program(file->name, loader_ != nullptr ? loader_->state_.get() : nullptr);
    files_ = {file->name};
    const auto family = ancestors(file);
    for (auto ancestor = family.rbegin(); ancestor != family.rend(); ++ancestor) {
        find_blocks((*ancestor)->body, **ancestor, 0);  // those of the descendants win
    }
    const auto& root = *family.back();
    program_->contexts.push_back({root.name, ""});
    program_->body = copy(root.body, {.file = &root});
    resolve_names(*program_);
    return program_;
}

Linker::FilePointer Linker::load(const std::string& name, const File& from, std::uint32_t line) {
    if (loader_ == nullptr) {
        throw ParseError{"no loader to find " + name, from.name, line};
    }
    try {
        auto file = loader_->load_file(loader_->resolve_path(name, from.name));
        if (std::find(files_.begin(), files_.end(), file->name) == files_.end()) {
            files_.push_back(file->name);
        }
        kept_.push_back(file);
        return file;
    } catch (const ParseError& error) {
        if (error.lineno() != 0) {
            throw;
        }
        throw ParseError{error.message(), from.name, line};  // it says which file it cannot find
    }
}

std::vector<Linker::FilePointer> Linker::ancestors(const FilePointer& file) {
    std::vector<FilePointer> family{file};
    while (const auto* const extends = extends_of(*family.back())) {
        auto parent = load(extends->text, *family.back(), extends->line);
        const bool known = std::any_of(family.begin(), family.end(), [&](const FilePointer& one) {
            return one->name == parent->name;
        });
        if (known) {
            throw ParseError{parent->name + " extends itself", family.back()->name, extends->line};
        }
        family.push_back(std::move(parent));
    }
    return family;
}

void Linker::find_blocks(const Body& body, const File& file, unsigned depth) {
    for (const auto& statement : body) {
        if (++statements_ > most_statements) {
            throw ParseError{"the template grows too large", file.name, statement.line};
        }
        if (statement.kind == Statement::Kind::block) {
            blocks_[statement.text] = {&statement, &file};
        } else if (statement.kind == Statement::Kind::include) {
            if (depth >= greatest_depth) {
                throw ParseError{"files include each other without end", file.name, statement.line};
            }
            const auto included = load(statement.text, file, statement.line);
            find_blocks(included->body, *included, depth + 1);
        }
        for (const auto& branch : statement.branches) {
            find_blocks(branch.body, file, depth);
        }
    }
}

Body Linker::copy(const Body& body, const Place& place) {
    Body out;
    out.reserve(body.size());
    for (const auto& statement : body) {
        copy_statement(statement, place, out);
    }
    return out;
}

void Linker::copy_statement(const Statement& statement, const Place& place, Body& out) {
    using Kind = Statement::Kind;
    if (++statements_ > most_statements) {
        throw ParseError{"the template grows too large", place.file->name, statement.line};
    }
    switch (statement.kind) {
        case Kind::block:
            return append_block(statement, place, out);
        case Kind::include:
            return append_include(statement, place, out);
        case Kind::extends:
            throw ParseError{
                "an included file cannot extend another", place.file->name, statement.line};
        case Kind::break_:
        case Kind::continue_:
            if (!place.in_loop) {
                throw ParseError{
                    "break or continue outside of a for or while block",
                    place.file->name,
                    statement.line};
            }
            break;
        default:
            break;
    }
    Statement made;
    made.kind = statement.kind;
    made.operation = statement.operation;
    made.line = statement.line;
    made.context = place.context;
    made.escape = statement.escape;
    made.text = statement.text;
    made.expression = statement.expression;
    made.targets = statement.targets;
    made.imports = statement.imports;
    if (made.kind == Kind::emit && made.escape != Statement::raw) {
        if (place.file->autoescape) {
            made.targets.push_back(place.file->escape_function);
        } else {
            made.escape = Statement::raw;
        }
    }
    if (!statement.branches.empty() && place.nesting >= greatest_nesting) {
        throw ParseError{
            "blocks of several files are nested too deeply", place.file->name, statement.line};
    }
    auto inside = place;
    ++inside.nesting;
    const bool in_loop = made.kind == Kind::for_ || made.kind == Kind::while_ ||
                         (made.kind != Kind::apply && place.in_loop);
    for (const auto& branch : statement.branches) {
        const bool after_loop = branch.kind == Branch::Kind::else_ &&
                                (made.kind == Kind::for_ || made.kind == Kind::while_);
        inside.in_loop = after_loop ? place.in_loop : in_loop;
        made.branches.push_back(
            {branch.kind, branch.line, branch.condition, copy(branch.body, inside)}
        );
    }
    out.push_back(std::move(made));
}

std::uint32_t Linker::context_in(const File& file, const Place& place, std::uint32_t line) {
    const auto& outer = program_->contexts[place.context];
    auto via = outer.name + ":" + std::to_string(line);
    if (!outer.via.empty()) {
        via += ", " + outer.via.substr(6, outer.via.size() - 7);  // without ` (via ` and `)`
    }
    program_->contexts.push_back({file.name, " (via " + via + ")"});
    return static_cast<std::uint32_t>(program_->contexts.size() - 1);
}

void Linker::append_include(const Statement& include, const Place& place, Body& out) {
    if (place.depth >= greatest_depth) {
        throw ParseError{"files include each other without end", place.file->name, include.line};
    }
    const auto file = load(include.text, *place.file, include.line);
    const auto context = context_in(*file, place, include.line);
    for (auto& statement :
         copy(file->body, {file.get(), context, false, place.depth + 1, place.nesting})) {
        out.push_back(std::move(statement));
    }
}

void Linker::append_block(const Statement& block, const Place& place, Body& out) {
    if (place.depth >= greatest_depth) {
        throw ParseError{"blocks hold each other without end", place.file->name, block.line};
    }
    const auto& [statement, file] = blocks_.at(block.text);
    const auto context = context_in(*file, place, block.line);
    const auto& body = statement->branches.front().body;
    for (auto& made : copy(body, {file, context, place.in_loop, place.depth + 1, place.nesting})) {
        out.push_back(std::move(made));
    }
}

}  // namespace tornado::templating::detail
