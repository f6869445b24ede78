#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace blog {

/// Plain text as HTML, for text that is marked up a little: what people know of Markdown.
///
/// Blocks are separated by empty lines: `# Heading` (down to `###`; they become h2 to h4), lines
/// that begin with `- ` or `* `, or with `1. `, lines that begin with `> `, text between lines of
/// three backticks, and paragraphs. In text there are `*emphasis*`, `**strong emphasis**`,
/// `` `code` ``, `[text](address)`, and addresses that stand by themselves; a backslash takes a
/// mark its meaning.
///
/// Whatever the text is, the result is whole HTML: everything is escaped, there are no tags but
/// those that this makes, and links lead to http, https and mailto addresses only. Takes time in
/// proportion to the text.
[[nodiscard]] std::string markdown(std::string_view text);

/// The same, kept for those who ask for it again: a page shows the same entries many times. Each
/// thread keeps what was asked for last, up to 4 MiB.
[[nodiscard]] std::shared_ptr<const std::string> shared_markdown(std::string_view text);

/// The beginning of such a text without its marks, headings and blocks of code, cut between words
/// after about so many bytes.
[[nodiscard]] std::string summary(std::string_view text, std::size_t length = 200);

}  // namespace blog
