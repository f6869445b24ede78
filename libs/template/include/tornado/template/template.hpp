#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/template/namespace.hpp"

namespace tornado::templating {

class BaseLoader;

namespace detail {
struct Program;
}

/// How a template is compiled, where its loader does not say.
struct TemplateOptions {
    /// The function that escapes what `{{ }}` prints; "None" or empty for none. Without a value, it
    /// is the loader's, or `xhtml_escape`.
    std::optional<std::string> autoescape = std::nullopt;
    /// The white space mode: see filter_whitespace(). Without a value, it is the loader's, or goes
    /// by the name: `single` for .html and .js, `all` for others.
    std::optional<std::string> whitespace = std::nullopt;
};

/// What one rendering may take.
struct GenerateOptions {
    /// How many steps: a directive, a turn of a loop, 64 bytes of a text are about one each.
    /// 0 is no limit.
    std::uint64_t max_steps = 0;
};

/// A compiled template.
///
/// Thread safety: it never changes, so that several loops may generate from it at once.
/// Mirrors `tornado.template.Template`.
///
///     Template greeting{"Hello {{ name }}!"};
///     greeting.generate({{"name", "Ben"}});  // "Hello Ben!"
class Template {
public:
    /// Compiles a text, which must be UTF-8. `loader` finds the files that it includes or extends;
    /// it is needed only now. Throws ParseError for a template that is not well-formed, or names a
    /// file that is not there; std::invalid_argument for an unknown white space mode.
    explicit Template(
        std::string_view text,
        std::string name = "<string>",
        BaseLoader* loader = nullptr,
        const TemplateOptions& options = {}
    );
    /// One that was put together already; loaders make them so.
    explicit Template(std::shared_ptr<const detail::Program> program);

    [[nodiscard]] const std::string& name() const noexcept;

    /// The text that the template makes of these names, in UTF-8 if they are.
    /// Throws Error for what goes wrong, with the place.
    [[nodiscard]] std::string
    generate(const Namespace& names = {}, const GenerateOptions& options = {}) const;
    /// Appends the same to `out`, which is left as it was when this throws. It is written to all
    /// the while: nothing that the template calls may look at it or change it.
    void generate_to(
        std::string& out,
        const Namespace& names = {},
        const GenerateOptions& options = {}
    ) const;

private:
    std::shared_ptr<const detail::Program> program_;
};

/// The text with its white space changed: `all` leaves it, `single` makes each run one space, or
/// one line end if there is one in it, `oneline` makes each run one space. Throws
/// std::invalid_argument for another mode. Mirrors `tornado.template.filter_whitespace`.
[[nodiscard]] std::string filter_whitespace(std::string_view mode, std::string_view text);

}  // namespace tornado::templating
