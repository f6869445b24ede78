#include "pattern_pieces.hpp"

#include <cstddef>
#include <utility>

#include "pattern_groups.hpp"

namespace tornado::routing {

namespace {

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

void add_range(ByteSet& set, unsigned first, unsigned last) {
    for (auto c = first; c <= last; ++c) {
        set.set(c);
    }
}

/// Adds what `\d` or `\w` stands for; false when `letter` is another one.
bool add_escaped_class(ByteSet& set, char letter) {
    if (letter != 'd' && letter != 'w') {
        return false;
    }
    add_range(set, '0', '9');
    if (letter == 'w') {
        add_range(set, 'a', 'z');
        add_range(set, 'A', 'Z');
        set.set('_');
    }
    return true;
}

class PieceParser {
public:
    explicit PieceParser(std::string_view pattern) : pattern_{pattern} {}

    PatternPieces parse() {
        PatternPieces result;
        if (peek() == '^') {
            ++at_;
        }
        while (at_ < pattern_.size()) {
            if (peek() == '$' && at_ + 1 == pattern_.size()) {
                break;
            }
            Piece piece;
            if (!(peek() == '(' ? group(piece) : atom(piece) && quantifier(piece))) {
                if (!result.pieces.empty()) {
                    result.pieces.pop_back();  // behind a comment may stand its quantifier: a(?#b)*
                }
                return result;
            }
            result.pieces.push_back(std::move(piece));
        }
        result.complete = true;
        return result;
    }

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool next_is(std::string_view text) const {
        return pattern_.substr(at_, text.size()) == text;
    }

    /// A byte or a set, without its quantifier.
    bool atom(Piece& piece) {
        const char c = peek();
        switch (c) {
            case '\0':  // also stands for the pattern's end
            case '^':
            case '$':
            case '|':
            case '(':
            case ')':
            case '*':
            case '+':
            case '?':
            case '{':
            case '}':
            case ']':
                return false;
            case '.':
                piece.kind = Piece::Kind::set;
                piece.is_dot = true;
                piece.set.set();
                ++at_;
                return true;
            case '[':
                piece.kind = Piece::Kind::set;
                return byte_class(piece.set);
            case '\\':
                return escape(piece);
            default:
                return byte(piece, c);
        }
    }

    bool byte(Piece& piece, char c) {
        piece.kind = Piece::Kind::byte;
        piece.byte = static_cast<unsigned char>(c);
        piece.set.set(piece.byte);
        ++at_;
        return true;
    }

    bool escape(Piece& piece) {
        ++at_;
        const char c = peek();
        if (is_alnum(c)) {
            piece.kind = Piece::Kind::set;
            ++at_;
            return add_escaped_class(piece.set, c);
        }
        return c > ' ' && byte(piece, c);
    }

    /// A class in brackets of plain characters, ranges, `\d` and `\w`.
    bool byte_class(ByteSet& set) {
        ++at_;
        const bool negated = peek() == '^';
        at_ += negated ? 1 : 0;
        bool first = true;
        while (peek() != ']' || first) {
            first = false;
            if (!class_member(set)) {
                return false;
            }
        }
        ++at_;
        if (negated) {
            set.flip();
        }
        return true;
    }

    bool class_member(ByteSet& set) {
        if (peek() == '\\' && add_escaped_class(set, peek(1))) {
            at_ += 2;
            return peek() != '-' || peek(1) == ']';  // a class begins no range
        }
        unsigned low = 0;
        unsigned high = 0;
        if (!class_byte(low)) {
            return false;
        }
        if (peek() == '-' && peek(1) != ']') {
            ++at_;
            if (low == '-' || peek() == '-') {
                return false;  // whether that makes sense is Boost.Regex's to say
            }
            if (!class_byte(high) || high < low || (peek() == '-' && peek(1) != ']')) {
                return false;
            }
            add_range(set, low, high);
        } else {
            set.set(low);
        }
        return true;
    }

    bool class_byte(unsigned& value) {
        char c = peek();
        if (c == '\\') {
            ++at_;
            c = peek();
            if (is_alnum(c)) {
                return false;
            }
        } else if (c == '[' || c == ']') {
            return false;
        }
        ++at_;
        value = static_cast<unsigned char>(c);
        return c > 0;  // neither the end, nor what a signed char would sort differently
    }

    bool quantifier(Piece& piece) {
        switch (peek()) {
            case '?':
                piece.min = 0;
                ++at_;
                break;
            case '*':
            case '+':
                piece.min = peek() == '*' ? 0 : 1;
                piece.max = Piece::unlimited;
                ++at_;
                break;
            case '{':
                if (!counted(piece)) {
                    return false;
                }
                break;
            default:
                return true;
        }
        if (peek() == '?') {
            ++at_;  // lazy or not: where it matters the pattern has no shape
        }
        const char c = peek();
        return c != '+' && c != '*' && c != '?' && c != '{';
    }

    /// {n}, {n,} or {n,m}
    bool counted(Piece& piece) {
        ++at_;
        if (!number(piece.min)) {
            return false;
        }
        piece.max = piece.min;
        if (peek() == ',') {
            ++at_;
            if (peek() == '}') {
                piece.max = Piece::unlimited;
            } else if (!number(piece.max)) {
                return false;
            }
        }
        return peek() == '}' && ++at_ != 0 && piece.min <= piece.max;
    }

    bool number(std::uint32_t& value) {
        value = 0;
        const auto begin = at_;
        while (is_digit(peek())) {
            value = value * 10 + static_cast<std::uint32_t>(peek() - '0');
            ++at_;
        }
        return at_ > begin && at_ - begin <= 4;
    }

    /// A capturing group with its quantifier.
    bool group(Piece& piece) {
        ++at_;
        if (next_is("?P<") || (next_is("?<") && peek(2) != '=' && peek(2) != '!')) {
            const auto end = pattern_.find('>', at_);
            if (end == pattern_.npos) {
                return false;
            }
            at_ = end + 1;
        } else if (peek() == '?' || peek() == '*') {
            return false;
        }
        const auto body = at_;
        if (!text(piece) && !(rewind(piece, body), set(piece))) {
            rewind(piece, body);
            skip_group();
            piece.kind = Piece::Kind::group;
        }
        if (const char c = peek(); c == '?' || c == '*' || c == '+' || c == '{') {
            piece = Piece{};
            piece.kind = Piece::Kind::group;
        }
        return piece.kind != Piece::Kind::group || quantifier(piece);
    }

    void rewind(Piece& piece, std::size_t body) {
        piece = Piece{};
        at_ = body;
    }

    /// A group around plain bytes, from behind its opening parenthesis.
    bool text(Piece& piece) {
        std::string bytes;
        while (peek() != ')') {
            Piece one;
            if (!atom(one) || !quantifier(one) || !one.is_plain_byte()) {
                return false;
            }
            bytes.push_back(static_cast<char>(one.byte));
        }
        ++at_;
        if (bytes.empty()) {
            return false;
        }
        piece.kind = Piece::Kind::text_group;
        piece.set.set(static_cast<unsigned char>(bytes.front()));
        piece.text = std::move(bytes);
        return true;
    }

    /// A group around one set with its quantifier.
    bool set(Piece& piece) {
        if (!atom(piece) || !quantifier(piece) || peek() != ')') {
            return false;
        }
        ++at_;
        piece.kind = Piece::Kind::set_group;
        return true;
    }

    /// To behind the parenthesis that closes the group we are in.
    void skip_group() {
        for (std::size_t depth = 1; depth > 0 && at_ < pattern_.size();) {
            const char c = peek();
            if (c == '\\') {
                at_ += 2;
            } else if (c == '[') {
                at_ = skip_class(pattern_, at_);
            } else {
                depth += c == '(' ? 1 : 0;
                depth -= c == ')' ? 1 : 0;
                ++at_;
            }
        }
    }

    std::string_view pattern_;
    std::size_t at_ = 0;
};

}  // namespace

PatternPieces parse_pieces(std::string_view pattern) {
    return PieceParser{pattern}.parse();
}

}  // namespace tornado::routing
