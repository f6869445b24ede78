#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "program.hpp"
#include "statement.hpp"

namespace tornado::templating {
class BaseLoader;
}

namespace tornado::templating::detail {

class LoaderState;

/// A program without content. `state`, its loader's, may be null.
[[nodiscard]] std::shared_ptr<Program> new_program(std::string name, const LoaderState* state);

/// Puts a template's files together: parents above it, blocks in the places of their parents', and
/// included files where they are included. Errors: throws ParseError.
class Linker {
public:
    /// Without a loader, a template can neither extend nor include.
    explicit Linker(BaseLoader* loader) : loader_{loader} {}

    [[nodiscard]] std::shared_ptr<Program> link(const std::shared_ptr<const File>& file);

    /// The resolved names of all files that were needed.
    [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }

private:
    using FilePointer = std::shared_ptr<const File>;
    struct NamedBlock {
        const Statement* statement;
        const File* file;
    };
    /// Where the copy of a body stands.
    struct Place {
        const File* file;
        std::uint32_t context = 0;
        bool in_loop = false;
        unsigned depth = 0;    ///< of files and blocks in one another
        unsigned nesting = 0;  ///< of statements in one another
    };

    [[nodiscard]] std::vector<FilePointer> ancestors(const FilePointer& file);
    [[nodiscard]] FilePointer load(const std::string& name, const File& from, std::uint32_t line);
    void find_blocks(const Body& body, const File& file, unsigned depth);
    [[nodiscard]] Body copy(const Body& body, const Place& place);
    void copy_statement(const Statement& statement, const Place& place, Body& out);
    void append_include(const Statement& include, const Place& place, Body& out);
    void append_block(const Statement& block, const Place& place, Body& out);
    [[nodiscard]] std::uint32_t
    context_in(const File& file, const Place& place, std::uint32_t line);

    BaseLoader* loader_;
    std::shared_ptr<Program> program_;
    std::map<std::string, NamedBlock> blocks_;
    std::vector<FilePointer> kept_;
    std::vector<std::string> files_;
    std::size_t statements_ = 0;
};

/// Gives each name of a program its meaning, as Python does: what a function assigns anywhere is
/// its own variable everywhere. The program itself is a function, and so is each `{% apply %}`,
/// each comprehension and each lambda.
void resolve_names(Program& program);

}  // namespace tornado::templating::detail
