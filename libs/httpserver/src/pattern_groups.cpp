#include "pattern_groups.hpp"

#include <algorithm>
#include <stdexcept>

namespace tornado::routing {

namespace {

class GroupScanner {
public:
    explicit GroupScanner(std::string_view pattern) : pattern_{pattern} {}

    PatternGroups scan() {
        while (at_ < pattern_.size()) {
            switch (pattern_[at_]) {
                case '\\':
                    escape();
                    break;
                case '[':
                    copy_to(skip_class(pattern_, at_));
                    break;
                case '(':
                    open();
                    break;
                case ')':
                    close();
                    break;
                case '|':
                    (open_.empty() ? result_.alternatives : open_.back().alternatives) = true;
                    [[fallthrough]];
                default:
                    copy_to(at_ + 1);
            }
        }
        if (result_.alternatives) {
            make_optional(0);
        }
        check_names();
        return std::move(result_);
    }

private:
    /// A parenthesis that is not closed yet.
    struct Open {
        std::size_t first = 0;  ///< the first group in it; itself if it is one
        bool captures = false;
        bool skippable = false;  ///< it can match without what is in it
        bool alternatives = false;
    };

    [[nodiscard]] bool next_is(std::string_view text) const {
        return pattern_.substr(at_, text.size()) == text;
    }

    void copy_to(std::size_t end) {
        end = std::min(end, pattern_.size());
        result_.expression.append(pattern_.substr(at_, end - at_));
        at_ = end;
    }

    void copy_behind(std::string_view text) {
        const auto found = pattern_.find(text, at_);
        copy_to(found == pattern_.npos ? found : found + text.size());
    }

    void escape() {
        if (next_is("\\Q")) {
            copy_behind("\\E");
            return;
        }
        const auto escaped = pattern_.substr(at_ + 1, 1);
        if (!escaped.empty() && std::string_view{"<>`'"}.find(escaped) != escaped.npos) {
            ++at_;  // themselves in Perl and Python, but ends of words and texts in Boost.Regex
            copy_to(at_ + 1);
        } else {
            copy_to(at_ + 2);
        }
    }

    void open() {
        if (next_is("(?#") || next_is("(*")) {
            copy_behind(")");
        } else if (next_is("(?P=")) {
            const auto end = std::min(pattern_.find(')', at_), pattern_.size());
            result_.expression.append("\\k<").append(pattern_.substr(at_ + 4, end - at_ - 4));
            result_.expression.push_back('>');
            at_ = std::min(end + 1, pattern_.size());
        } else if (next_is("(?P<")) {
            open_named(4, '>');
        } else if (next_is("(?<") && !next_is("(?<=") && !next_is("(?<!")) {
            open_named(3, '>');
        } else if (next_is("(?'")) {
            open_named(3, '\'');
        } else if (next_is("(?")) {
            open_.push_back({result_.groups.size(), false, next_is("(?!") || next_is("(?<!"), false}
            );
            if (next_is("(?(")) {
                open_.back().skippable = true;
                copy_behind(")");  // the condition
            } else {
                copy_to(at_ + 2);
            }
        } else {
            open_.push_back({result_.groups.size(), true, false, false});
            result_.groups.emplace_back();
            copy_to(at_ + 1);
        }
    }

    void open_named(std::size_t prefix, char terminator) {
        at_ += prefix;
        const auto end = std::min(pattern_.find(terminator, at_), pattern_.size());
        const auto name = pattern_.substr(at_, end - at_);
        const auto is_letter = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        };
        const auto is_word = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
        if (name.empty() || !is_letter(name.front()) ||
            !std::all_of(name.begin(), name.end(), is_word)) {
            fail("has a group without a proper name");
        }
        open_.push_back({result_.groups.size(), true, false, false});
        result_.groups.push_back({std::string{name}, false});
        result_.expression.append("(?<").append(name).push_back('>');
        at_ = std::min(end + 1, pattern_.size());
    }

    void close() {
        copy_to(at_ + 1);
        if (open_.empty()) {
            return;
        }
        const auto closed = open_.back();
        open_.pop_back();
        if (closed.skippable || next_is("?") || next_is("*") || next_is("{0}") || next_is("{0,")) {
            make_optional(closed.first);
        } else if (closed.alternatives) {
            make_optional(closed.first + (closed.captures ? 1 : 0));
        }
    }

    void make_optional(std::size_t first) {
        for (auto i = first; i < result_.groups.size(); ++i) {
            result_.groups[i].optional = true;
        }
    }

    void check_names() const {
        const auto& groups = result_.groups;
        for (auto group = groups.begin(); group != groups.end(); ++group) {
            if (group->name.empty() != groups.front().name.empty()) {
                fail("mixes named groups with positional ones");
            }
            if (!group->name.empty() && std::any_of(groups.begin(), group, [&](const auto& other) {
                    return other.name == group->name;
                })) {
                fail("has two groups of the name " + group->name);
            }
        }
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw std::invalid_argument{"The pattern " + std::string{pattern_} + " " + what};
    }

    std::string_view pattern_;
    std::size_t at_ = 0;
    std::vector<Open> open_;
    PatternGroups result_;
};

}  // namespace

PatternGroups scan_groups(std::string_view pattern) {
    return GroupScanner{pattern}.scan();
}

std::size_t skip_class(std::string_view pattern, std::size_t at) noexcept {
    ++at;
    if (pattern.substr(at, 1) == "^") {
        ++at;
    }
    if (pattern.substr(at, 1) == "]") {
        ++at;  // first of all it stands for itself
    }
    while (at < pattern.size() && pattern[at] != ']') {
        const auto two = pattern.substr(at, 2);
        if (two == "[:" || two == "[." || two == "[=") {
            const char end[] = {two[1], ']'};
            const auto found = pattern.find(std::string_view{end, 2}, at + 2);
            at = found == pattern.npos ? pattern.size() : found + 2;
        } else {
            at += pattern[at] == '\\' ? 2 : 1;
        }
    }
    return std::min(at, pattern.size() - 1) + 1;
}

}  // namespace tornado::routing
