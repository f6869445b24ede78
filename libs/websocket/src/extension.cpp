#include "tornado/websocket/extension.hpp"

#include "tornado/httputil/token.hpp"

namespace tornado::websocket {

namespace {

using httputil::is_token_char;

/// Reads a field from left to right.
class FieldScanner {
public:
    explicit FieldScanner(std::string_view text) noexcept : text_{text} {}

    void skip_spaces() noexcept {
        while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t')) {
            text_.remove_prefix(1);
        }
    }
    /// Whether `c` comes next, between spaces; then it is behind us.
    bool accept(char c) noexcept {
        skip_spaces();
        if (text_.empty() || text_.front() != c) {
            return false;
        }
        text_.remove_prefix(1);
        skip_spaces();
        return true;
    }
    /// Empty when there is none.
    std::string token() {
        std::size_t size = 0;
        while (size < text_.size() && is_token_char(text_[size])) {
            ++size;
        }
        std::string found{text_.substr(0, size)};
        text_.remove_prefix(size);
        return found;
    }
    /// What stands in quotes, which must be a token without them (RFC 6455, 9.1); empty: it is not.
    std::string quoted_token() {
        std::string found;
        while (!text_.empty() && text_.front() != '"') {
            if (text_.front() == '\\') {
                text_.remove_prefix(1);
            }
            if (text_.empty() || !is_token_char(text_.front())) {
                return {};
            }
            found.push_back(text_.front());
            text_.remove_prefix(1);
        }
        if (text_.empty()) {
            return {};
        }
        text_.remove_prefix(1);
        return found;
    }
    [[nodiscard]] bool at_end() noexcept {
        skip_spaces();
        return text_.empty();
    }

private:
    std::string_view text_;
};

bool parse_parameter(FieldScanner& scanner, Extension& extension) {
    ExtensionParameter parameter{scanner.token()};
    if (parameter.name.empty()) {
        return false;
    }
    if (scanner.accept('=')) {
        parameter.value = scanner.accept('"') ? scanner.quoted_token() : scanner.token();
        if (parameter.value->empty()) {
            return false;
        }
    }
    extension.parameters.push_back(std::move(parameter));
    return true;
}

/// Calls `member` for each member of a list, which may have empty ones (RFC 9110, 5.6.1).
template <typename F>
bool parse_list(FieldScanner& scanner, F member) {
    bool any = false;
    while (true) {
        while (scanner.accept(',')) {
        }
        if (scanner.at_end()) {
            return any;
        }
        if (!member()) {
            return false;
        }
        any = true;
        if (!scanner.at_end() && !scanner.accept(',')) {
            return false;
        }
    }
}

}  // namespace

std::optional<std::vector<Extension>> parse_extensions(std::string_view field) {
    FieldScanner scanner{field};
    std::vector<Extension> extensions;
    const bool good = parse_list(scanner, [&] {
        Extension extension{scanner.token()};
        bool well_formed = !extension.name.empty();
        while (well_formed && scanner.accept(';')) {
            well_formed = parse_parameter(scanner, extension);
        }
        extensions.push_back(std::move(extension));
        return well_formed;
    });
    return good ? std::optional{std::move(extensions)} : std::nullopt;
}

std::optional<std::vector<std::string>> parse_tokens(std::string_view field) {
    FieldScanner scanner{field};
    std::vector<std::string> tokens;
    const bool good = parse_list(scanner, [&] {
        tokens.push_back(scanner.token());
        return !tokens.back().empty();
    });
    return good ? std::optional{std::move(tokens)} : std::nullopt;
}

}  // namespace tornado::websocket
