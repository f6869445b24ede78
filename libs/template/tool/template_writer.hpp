#pragma once

#include <string>
#include <string_view>

#include "expression_writer.hpp"
#include "program.hpp"

namespace tornado::templating::tool {

/// Writes the C++ function of one template.
class TemplateWriter {
public:
    /// The templates' files are in the folder `root`.
    TemplateWriter(
        const detail::Program& program,
        const Types& types,
        std::string root,
        CppWriter& out
    );

    /// Defines the function, and an object that registers it in a set. `number` tells this template
    /// from others of the same file of C++.
    void write(std::string_view set, const std::string& number);

private:
    /// How `break` and `continue` are written where a body stands; nothing outside of loops.
    struct Exits {
        std::string break_;
        std::string continue_;
    };

    void write_tables(const std::string& number);
    void body(const detail::Body& body, const Exits& exits);
    void statement(const detail::Statement& statement, const Exits& exits);
    void emit(const detail::Statement& statement);
    [[nodiscard]] const detail::Expression* address_part(const detail::Expression& call) const;
    void set(const detail::Statement& statement);
    void import(const detail::Statement& statement);
    void if_(const detail::Statement& statement, const Exits& exits);
    void for_(const detail::Statement& statement, const Exits& exits);
    void while_(const detail::Statement& statement, const Exits& exits);
    void try_(const detail::Statement& statement, const Exits& exits);
    void handler(const detail::Statement& statement, const Exits& exits);
    void flow_of(const detail::Body& body, const Exits& exits);
    void apply(const detail::Statement& statement);
    [[nodiscard]] std::string at(const detail::Statement& statement, std::uint32_t line) const;
    void stand_at(const detail::Statement& statement, std::uint32_t line);

    const detail::Program& program_;
    std::string root_;
    CppWriter& out_;
    ExpressionWriter expressions_;
    std::string output_ = "o";  ///< what is written to is called
};

}  // namespace tornado::templating::tool
