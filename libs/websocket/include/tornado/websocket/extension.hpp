#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::websocket {

/// A parameter of an extension; the value is without its quotes.
struct ExtensionParameter {
    std::string name;
    std::optional<std::string> value = {};
};

/// One member of a Sec-WebSocket-Extensions field (RFC 6455, 9.1).
struct Extension {
    std::string name;
    std::vector<ExtensionParameter> parameters = {};
};

/// The members of the field, or nullopt when it is malformed.
[[nodiscard]] std::optional<std::vector<Extension>> parse_extensions(std::string_view field);

/// The members of a list of tokens, such as Sec-WebSocket-Protocol, or nullopt when it is
/// malformed.
[[nodiscard]] std::optional<std::vector<std::string>> parse_tokens(std::string_view field);

}  // namespace tornado::websocket
