#include "parameters.hpp"

#include <algorithm>

namespace tornado::database {

namespace {

using std::string_view;

bool is_letter(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte >= 0x80;
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Goes through a query, from one `?` to the next.
class Scanner {
public:
    explicit Scanner(string_view sql) noexcept : sql_{sql} {}

    /// Where the next question mark is that is no part of a string, a name or a comment; npos when
    /// there is none.
    std::size_t next() noexcept {
        while (at_ < sql_.size()) {
            if (sql_[at_] == '?') {
                return at_++;
            }
            skip_one();
        }
        return string_view::npos;
    }
    /// Whether one more follows right behind the one that next() has found; then that is skipped.
    bool doubled() noexcept {
        const bool there = at_ < sql_.size() && sql_[at_] == '?';
        at_ += there ? 1 : 0;
        return there;
    }

private:
    [[nodiscard]] bool ahead(string_view text) const noexcept {
        return sql_.substr(at_).starts_with(text);
    }
    void go_behind(std::size_t found, std::size_t size) noexcept {
        at_ = found == string_view::npos ? sql_.size() : found + size;
    }

    void skip_one() noexcept {
        const char c = sql_[at_];
        if (is_letter(c)) {
            skip_word();
        } else if (is_digit(c)) {
            skip_number();
        } else if (c == '\'' || c == '"') {
            skip_quoted(c);
        } else if (c == '$') {
            skip_dollar();
        } else if (ahead("--")) {
            go_behind(sql_.find_first_of("\r\n", at_), 1);
        } else if (ahead("/*")) {
            skip_comment();
        } else {
            ++at_;
        }
    }

    /// A name or a keyword. A dollar sign within one begins nothing.
    void skip_word() noexcept {
        const auto begin = at_;
        while (at_ < sql_.size() &&
               (is_letter(sql_[at_]) || is_digit(sql_[at_]) || sql_[at_] == '$')) {
            ++at_;
        }
        const auto word = sql_.substr(begin, at_ - begin);
        if ((word == "E" || word == "e") && ahead("'")) {
            do {
                skip_escaped();
            } while (goes_on());
        }
    }

    void skip_number() noexcept {
        while (at_ < sql_.size() && (is_digit(sql_[at_]) || is_letter(sql_[at_]))) {
            ++at_;
        }
    }

    /// What stands between two marks; twice the mark, within, is one of it.
    void skip_quoted(char mark) noexcept {
        do {
            go_behind(sql_.find(mark, at_ + 1), 1);
        } while (at_ < sql_.size() && sql_[at_] == mark);
    }

    /// The same for E'...', where a backslash takes the next mark its meaning.
    void skip_escaped() noexcept {
        for (++at_; at_ < sql_.size(); ++at_) {
            if (sql_[at_] == '\\') {
                ++at_;
            } else if (sql_[at_] == '\'') {
                ++at_;
                if (!ahead("'")) {
                    return;
                }
            }
        }
        at_ = sql_.size();
    }

    /// Whether the string goes on in another line; then that is where it is.
    bool goes_on() noexcept {
        auto at = at_;
        bool new_line = false;
        while (at < sql_.size()) {
            const char c = sql_[at];
            if (sql_.substr(at).starts_with("--")) {
                at = std::min(sql_.find_first_of("\r\n", at), sql_.size());
            } else if (c == '\n' || c == '\r') {
                new_line = true;
                ++at;
            } else if (c == ' ' || c == '\t' || c == '\f' || c == '\v') {
                ++at;
            } else {
                break;
            }
        }
        if (!new_line || at >= sql_.size() || sql_[at] != '\'') {
            return false;
        }
        at_ = at;
        return true;
    }

    /// `$tag$ ... $tag$`; or something else that begins with a dollar sign.
    void skip_dollar() noexcept {
        auto end = at_ + 1;
        while (end < sql_.size() && (is_letter(sql_[end]) || (end > at_ + 1 && is_digit(sql_[end])))
        ) {
            ++end;
        }
        if (end >= sql_.size() || sql_[end] != '$') {
            ++at_;
            return;
        }
        const auto tag = sql_.substr(at_, end + 1 - at_);
        go_behind(sql_.find(tag, end + 1), tag.size());
    }

    /// Comments may hold comments.
    void skip_comment() noexcept {
        std::size_t depth = 0;
        do {
            if (ahead("/*")) {
                ++depth;
                at_ += 2;
            } else if (ahead("*/")) {
                --depth;
                at_ += 2;
            } else {
                ++at_;
            }
        } while (depth > 0 && at_ < sql_.size());
    }

    string_view sql_;
    std::size_t at_ = 0;
};

}  // namespace

NumberedQuery number_parameters(std::string_view sql) {
    NumberedQuery query;
    query.sql.reserve(sql.size() + 16);
    Scanner scanner{sql};
    std::size_t done = 0;
    for (auto mark = scanner.next(); mark != sql.npos; mark = scanner.next()) {
        query.sql.append(sql.substr(done, mark - done));
        done = mark + 1;
        if (scanner.doubled()) {
            query.sql.push_back('?');
            ++done;
        } else {
            query.sql.append("$").append(std::to_string(++query.parameters));
        }
    }
    query.sql.append(sql.substr(done));
    return query;
}

}  // namespace tornado::database
