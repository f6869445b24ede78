#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tornado/util/unique_function.hpp"

namespace tornado::escape {

/// How linkify() makes links.
struct LinkifyOptions {
    /// Attributes for each link, such as `rel="nofollow" class="external"`.
    std::string_view extra_params = "";
    /// Makes the attributes of each link from its address, which is escaped; instead of the above.
    util::UniqueFunction<std::string(std::string_view href)> extra_params_for = nullptr;
    /// The protocols that become links. Never let strangers' text use "javascript".
    std::vector<std::string_view> permitted_protocols = {"http", "https"};
    /// Whether `www.example.com`, with no protocol, is left as text.
    bool require_protocol = false;
    /// Whether long addresses are shown clipped, to about 30 characters, with a `title`.
    bool shorten = false;
};

/// Plain text as HTML, escaped, in which web addresses are links.
///
/// An address begins with a protocol, or with `www.`, and ends before white space, before
/// punctuation that ends a sentence, and before a parenthesis that it did not open.
/// Mirrors `tornado.escape.linkify`.
///
///     linkify("Hello www.tornadoweb.org!");
///     // Hello <a href="http://www.tornadoweb.org">www.tornadoweb.org</a>!
[[nodiscard]] std::string linkify(std::string_view text, LinkifyOptions options = {});

}  // namespace tornado::escape
