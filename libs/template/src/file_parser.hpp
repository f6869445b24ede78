#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "statement.hpp"

namespace tornado::templating::detail {

/// Takes a template apart into text and directives. Errors: throws ParseError.
class FileParser {
public:
    FileParser(std::string_view text, std::string_view whitespace, File& file);

    void parse();

private:
    /// The block in which the parser stands.
    struct Block {
        std::string_view name;  // empty outside of all
        bool in_loop = false;
        bool around_in_loop = false;
        unsigned depth = 0;
    };

    /// The bodies of a block up to its end.
    [[nodiscard]] std::vector<Branch> branches(Block block);
    void text_before(std::size_t size, Body& body);
    void add_text(std::string_view text, Body& body);
    void emit(std::uint32_t line, Body& body);
    /// Handles one directive; false when it is the end of the block.
    [[nodiscard]] bool directive(Block& block, std::uint32_t line, std::vector<Branch>& branches);
    void simple(std::string_view word, std::string_view rest, Statement statement, Body& body);
    void setting(std::string_view word, std::string_view rest);
    [[nodiscard]] Statement
    nested(const Block& around, std::string_view word, std::string_view rest, std::uint32_t line);
    void intermediate(
        Block& block,
        std::string_view word,
        std::string_view rest,
        std::uint32_t line,
        std::vector<Branch>& branches
    );
    void check_try(const std::vector<Branch>& branches);

    [[nodiscard]] std::size_t find_directive() const;
    [[nodiscard]] std::string_view consume(std::size_t size);
    [[nodiscard]] std::string_view consume_to(std::string_view end, const char* message);
    template <typename Parse>
    auto checked(std::string_view directive, Parse parse);
    [[noreturn]] void fail(const std::string& message) const;

    std::string_view text_;
    std::string whitespace_;
    File& file_;
    std::size_t position_ = 0;
    std::uint32_t line_ = 1;
    std::uint32_t directive_line_ = 1;
};

}  // namespace tornado::templating::detail
