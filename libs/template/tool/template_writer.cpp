#include "template_writer.hpp"

#include <utility>

namespace tornado::templating::tool {

using detail::Access;
using detail::Body;
using detail::Branch;
using detail::Expression;
using detail::Op;
using detail::Statement;

namespace {

const std::string next_flow = "return rt::Flow::next;";

/// Whether it is `object.upper()` or `object.lower()`, of which no text need be made to be printed.
bool changes_case(const Expression& expression) {
    if (expression.op != Op::call || expression.parts.size() != 1 ||
        expression.parts[0].op != Op::attribute) {
        return false;
    }
    const auto name = Access::text(expression.parts[0].value);
    return name == "upper" || name == "lower";
}

const Branch* branch_of(const Statement& statement, Branch::Kind kind) {
    for (const auto& branch : statement.branches) {
        if (branch.kind == kind) {
            return &branch;
        }
    }
    return nullptr;
}

}  // namespace

TemplateWriter::TemplateWriter(
    const detail::Program& program,
    const Types& types,
    std::string root,
    CppWriter& out
)
    : program_{program},
      root_{std::move(root)},
      out_{out},
      expressions_{program, types, out} {}

void TemplateWriter::write(std::string_view set, const std::string& number) {
    out_.stand_at(root_ + "/" + program_.name, 1);
    write_tables(number);
    out_.write(
        "void run_" + number + "([[maybe_unused]] rt::Frame& f, rt::Writer& w) { rt::Cursor " +
        output_ + "{w};"
    );
    if (expressions_.keeps_variables()) {
        out_.write("[[maybe_unused]] rt::Slots<" + std::to_string(program_.slots) + "> L;");
    }
    if (!program_.globals.empty()) {
        out_.write(
            "rt::Global globals[" + std::to_string(program_.globals.size()) +
            "]; f.use(globals, names_" + number + ");"
        );
    }
    for (std::size_t i = 0; i < program_.globals.size(); ++i) {
        if (program_.globals[i] == "xhtml_escape" || program_.globals[i] == "escape") {
            const auto slot = std::to_string(i);
            out_.write("[[maybe_unused]] const rt::Escape h" + slot + "{f, " + slot + "};");
        }
    }
    body(program_.body, {});
    out_.write(output_ + ".finish(); }");
    out_.write(
        "const rt::CompiledTemplate template_" + number + "{" + quoted(set) + ", " +
        quoted(program_.name) + ", contexts_" + number + ", run_" + number + "};"
    );
}

void TemplateWriter::write_tables(const std::string& number) {
    std::string contexts;
    for (const auto& [name, via] : program_.contexts) {
        contexts += "{" + quoted(name) + ", " + quoted(via) + "}, ";
    }
    out_.write("constexpr rt::Context contexts_" + number + "[] = {" + contexts + "};");
    std::string names;
    for (const auto& name : program_.globals) {
        names += quoted(name) + ", ";
    }
    if (!names.empty()) {
        out_.write("constexpr std::string_view names_" + number + "[] = {" + names + "};");
    }
}

std::string TemplateWriter::at(const Statement& statement, std::uint32_t line) const {
    return "f.at(" + std::to_string(statement.context) + ", " + std::to_string(line) + ");";
}

void TemplateWriter::stand_at(const Statement& statement, std::uint32_t line) {
    out_.stand_at(root_ + "/" + program_.contexts[statement.context].name, line);
}

void TemplateWriter::body(const Body& body, const Exits& exits) {
    for (const auto& one : body) {
        stand_at(one, one.line);
        if (one.kind == Statement::Kind::text) {
            out_.write(output_ + ".constant(" + quoted(one.text) + ");");
        } else {
            out_.write("{ " + at(one, one.line));
            statement(one, exits);
            out_.write("}");
        }
    }
}

void TemplateWriter::statement(const Statement& one, const Exits& exits) {
    using Kind = Statement::Kind;
    switch (one.kind) {
        case Kind::emit:
            return emit(one);
        case Kind::set:
            return set(one);
        case Kind::import:
            return import(one);
        case Kind::if_:
            return if_(one, exits);
        case Kind::for_:
            return for_(one, exits);
        case Kind::while_:
            return while_(one, exits);
        case Kind::try_:
            return try_(one, exits);
        case Kind::apply:
            return apply(one);
        case Kind::break_:
            return out_.write(exits.break_);
        case Kind::continue_:
            return out_.write(exits.continue_);
        default:
            return;  // text is written; blocks and files are gone after linking
    }
}

void TemplateWriter::emit(const Statement& one) {
    const auto* const function = one.escape == Statement::raw ? nullptr : &one.targets.front();
    const bool is_html =
        function != nullptr && (expressions_.is_built_in(*function, "xhtml_escape") ||
                                expressions_.is_built_in(*function, "escape"));
    const auto by = is_html ? "h" + std::to_string(function->slot) + ", " : "";
    const std::string print = is_html ? "rt::print_html" : "rt::print";
    if (const auto* const part =
            function == nullptr || is_html ? address_part(one.expression) : nullptr) {
        const auto number = std::to_string(one.expression.parts[0].slot);
        const auto text = expressions_.write(*part);
        return out_.write(
            print + "_url_escape(f, " + output_ + ", " + by + number + ", " + text + ");"
        );
    }
    if (is_html && changes_case(one.expression)) {
        const auto& method = one.expression.parts[0];
        const auto text = expressions_.write_callee(method);
        return out_.write(
            print + "_in_case<" + quoted(Access::text(method.value)) + ">(" + output_ + ", " + by +
            text + ");"
        );
    }
    const auto value = expressions_.write(one.expression);
    if (function == nullptr || is_html) {
        out_.write(print + "(" + output_ + ", " + by + value + ");");
    } else {
        out_.write(
            output_ + ".value(rt::escaped_by(rt::value(" + value + "), " +
            expressions_.write_value(*function) + "));"
        );
    }
}

/// What `url_escape(part)` is given, of which the result need not be made to be printed.
const Expression* TemplateWriter::address_part(const Expression& call) const {
    const bool fits = call.op == Op::call && call.parts.size() == 2 &&
                      detail::is_plain_argument(call.parts[1]) &&
                      expressions_.is_built_in(call.parts[0], "url_escape");
    return fits ? &call.parts[1] : nullptr;
}

void TemplateWriter::set(const Statement& one) {
    if (one.targets.empty()) {
        return out_.write("(void)" + expressions_.write(one.expression) + ";");
    }
    if (one.operation != Op::constant) {
        const auto& target = one.targets.front();
        const auto left = expressions_.write(target);
        const auto right = expressions_.write(one.expression);
        const auto sum = one.operation == Op::add
                             ? "rt::add_to(rt::value(" + left + "), rt::value(" + right + "))"
                             : expressions_.binary(one.operation, left, right);
        return expressions_.assign(target, sum);
    }
    const auto value = expressions_.write(one.expression);
    if (one.targets.size() == 1) {
        return expressions_.assign(one.targets.front(), value);
    }
    const auto shared = expressions_.new_name("t");
    out_.write("const rt::Value " + shared + "{rt::value(" + value + ")};");
    for (const auto& target : one.targets) {
        expressions_.assign(target, shared);
    }
}

void TemplateWriter::import(const Statement& one) {
    for (std::size_t i = 0; i < one.imports.size(); ++i) {
        const auto& [module, member, name] = one.imports[i];
        const bool binds_first = name.empty() && module.find('.') != module.npos;
        const auto found =
            member.empty()
                ? "f.import_module(" + quoted(module) + (binds_first ? ", true)" : ", false)")
                : "f.import_member(" + quoted(module) + ", " + quoted(member) + ")";
        expressions_.assign(one.targets[i], found);
    }
}

void TemplateWriter::if_(const Statement& one, const Exits& exits) {
    std::vector<std::string> conditions;
    for (const auto& branch : one.branches) {
        if (branch.kind != Branch::Kind::else_) {
            stand_at(one, branch.line);
            conditions.push_back(expressions_.condition(branch.condition, at(one, branch.line)));
        }
    }
    for (std::size_t i = 0; i < one.branches.size(); ++i) {
        const std::string opening = i == 0 ? "" : "} else ";
        out_.write(
            opening + (i < conditions.size() ? "if (" + conditions[i] + ") {" : std::string{"{"})
        );
        body(one.branches[i].body, exits);
    }
    out_.write("}");
}

void TemplateWriter::for_(const Statement& one, const Exits& exits) {
    const auto& first = one.branches.front();
    const auto sequence = expressions_.write(first.condition.parts[1]);
    const auto whole = expressions_.new_name("c");
    const auto item = expressions_.new_name("x");
    expressions_.check(
        "rt::can_iterate<decltype(" + sequence + ")>()",
        shown(first.condition.parts[1]) + " is not something to loop over"
    );
    out_.write(
        "[[maybe_unused]] const bool " + whole + " = rt::loop(f, " + sequence +
        ", [&]([[maybe_unused]] auto&& " + item + ") -> bool { " + at(one, one.line)
    );
    expressions_.assign(first.condition.parts[0], item);
    body(first.body, {"return false;", "return true;"});
    out_.write("return true; });");
    if (one.branches.size() > 1) {
        out_.write("if (" + whole + ") {");
        body(one.branches[1].body, exits);
        out_.write("}");
    }
}

void TemplateWriter::while_(const Statement& one, const Exits& exits) {
    const auto& first = one.branches.front();
    const auto left = expressions_.new_name("c");
    out_.write("[[maybe_unused]] bool " + left + " = false; while (true) { f.turn();");
    const auto condition = expressions_.condition(first.condition, at(one, one.line));
    out_.write("if (!" + condition + ") { break; }");
    body(first.body, {"{ " + left + " = true; break; }", "continue;"});
    out_.write("}");
    if (one.branches.size() > 1) {
        out_.write("if (!" + left + ") {");
        body(one.branches[1].body, exits);
        out_.write("}");
    }
}

/// A function that runs the body, and tells how it ended.
void TemplateWriter::flow_of(const Body& inside, const Exits& exits) {
    const bool in_loop = !exits.break_.empty();
    out_.write("[&]() -> rt::Flow {");
    body(
        inside, in_loop ? Exits{"return rt::Flow::break_;", "return rt::Flow::continue_;"} : Exits{}
    );
    out_.write(next_flow + " }");
}

void TemplateWriter::try_(const Statement& one, const Exits& exits) {
    const auto flow = expressions_.new_name("w");
    const auto* const finally = branch_of(one, Branch::Kind::finally);
    out_.write("[[maybe_unused]] const auto " + flow + " = ");
    if (finally != nullptr) {
        out_.write("f.finally([&]() -> rt::Flow { return ");
    }
    out_.write("f.guarded(");
    flow_of(one.branches.front().body, exits);
    out_.write(", ");
    handler(one, exits);
    out_.write(", ");
    const auto* const otherwise = branch_of(one, Branch::Kind::else_);
    flow_of(otherwise != nullptr ? otherwise->body : Body{}, exits);
    out_.write(")");
    if (finally != nullptr) {
        out_.write("; }, ");
        flow_of(finally->body, exits);
        out_.write(")");
    }
    out_.write(";");
    if (!exits.break_.empty()) {
        out_.write("if (" + flow + " == rt::Flow::break_) " + exits.break_);
        out_.write("if (" + flow + " == rt::Flow::continue_) " + exits.continue_);
    }
}

void TemplateWriter::handler(const Statement& one, const Exits& exits) {
    const auto error = expressions_.new_name("e");
    const auto handled = expressions_.new_name("c");
    out_.write(
        "[&]([[maybe_unused]] const rt::Error& " + error + ", [[maybe_unused]] bool& " + handled +
        ") -> rt::Flow {"
    );
    for (const auto& branch : one.branches) {
        if (branch.kind != Branch::Kind::except) {
            continue;
        }
        const auto& types = branch.condition.parts[0];
        const auto& name = branch.condition.parts[1];
        stand_at(one, branch.line);
        out_.write("{ " + at(one, branch.line));
        if (types.op != Op::nothing) {
            out_.write(
                "if (rt::is_caught_by(" + error + ", " + expressions_.write_value(types) + "))"
            );
        }
        out_.write("{");
        if (name.op != Op::nothing) {
            expressions_.assign(name, "rt::exception_value(" + error + ")");
            out_.write(
                "const rt::Unbind " + expressions_.new_name("u") + "{L[" +
                std::to_string(name.slot) + "]};"
            );
        }
        out_.write("return ");
        flow_of(branch.body, exits);
        out_.write("(); } }");
    }
    out_.write(handled + " = false; " + next_flow + " }");
}

void TemplateWriter::apply(const Statement& one) {
    for (auto slot = one.slot; slot < one.slot + one.slot_count; ++slot) {
        if (!expressions_.is_loop_variable(slot)) {
            out_.write("L[" + std::to_string(slot) + "] = rt::make_unbound();");
        }
    }
    const auto callee = expressions_.write_callee(one.expression);
    const auto written = expressions_.new_name("s");
    const auto writer = expressions_.new_name("w");
    const auto text = expressions_.new_name("t");
    const auto around = std::exchange(output_, expressions_.new_name("o"));
    out_.write(
        "std::string " + written + "; { rt::Writer " + writer + "{" + written + "}; rt::Cursor " +
        output_ + "{" + writer + "};"
    );
    body(one.branches.front().body, {});
    stand_at(one, one.line);
    out_.write(output_ + ".finish(); } " + at(one, one.line));
    output_ = around;
    out_.write("const auto " + text + " = values::from_text(std::move(" + written + "));");
    const auto result = expressions_.write_call(one.expression, callee, {text});
    out_.write(output_ + ".value(rt::applied(rt::value(" + result + ")));");
}

}  // namespace tornado::templating::tool
