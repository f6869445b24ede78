#include "tornado/httpserver/path_pattern.hpp"

#include <stdexcept>
#include <utility>

#include "compiled_pattern.hpp"
#include "pattern_groups.hpp"
#include "tornado/escape/url.hpp"

namespace tornado::routing {

namespace {

std::string literal_prefix(const std::vector<Piece>& pieces) {
    std::string prefix;
    for (const auto& piece : pieces) {
        if (!piece.is_plain_byte()) {
            break;
        }
        prefix.push_back(static_cast<char>(piece.byte));
    }
    return prefix;
}

/// The texts before, between and behind the groups, if the pattern consists of such only.
std::vector<std::string> texts_around_groups(const PatternPieces& parsed, std::size_t groups) {
    std::vector<std::string> texts(1);
    for (const auto& piece : parsed.pieces) {
        if (piece.kind == Piece::Kind::set_group || piece.kind == Piece::Kind::text_group) {
            texts.emplace_back();
        } else if (!piece.may_come_once()) {
            return {};
        } else if (piece.kind == Piece::Kind::group) {
            texts.emplace_back();
        } else if (piece.kind == Piece::Kind::byte) {
            texts.back().push_back(static_cast<char>(piece.byte));
        } else if (piece.is_dot && piece.min == 1 && piece.max == 1) {
            texts.back().push_back('.');  // somebody forgot the backslash
        } else {
            return {};
        }
    }
    const bool nested = texts.size() != groups + 1;
    return parsed.complete && !nested ? texts : std::vector<std::string>{};
}

}  // namespace

void PathGroups::push_back_beyond(Group group) {
    if (size_ == inline_size) {
        many_.assign(few_.begin(), few_.end());
    }
    many_.push_back(group);
    ++size_;
}

PathPattern::Compiled::Compiled(std::string_view pattern) : text{pattern} {
    auto scanned = scan_groups(pattern);
    for (auto& group : scanned.groups) {
        optional.push_back(group.optional);
        if (!group.name.empty()) {
            names.push_back(std::move(group.name));
        }
    }
    if (!scanned.alternatives) {
        const auto parsed = parse_pieces(pattern);
        prefix = literal_prefix(parsed.pieces);
        pieces = texts_around_groups(parsed, optional.size());
        if (auto found = parsed.complete ? make_shape(parsed.pieces) : std::nullopt) {
            kind = prefix.size() == parsed.pieces.size() ? Kind::literal : Kind::shape;
            shape = *std::move(found);
            return;
        }
    }
    try {
        regex.emplace(scanned.expression);
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument{
            "The pattern " + text + " is no regular expression: " + error.what()};
    }
    if (regex->group_count() != optional.size()) {
        throw std::invalid_argument{"The pattern " + text + " has groups of an unsupported kind"};
    }
}

PathPattern::PathPattern(std::string_view pattern)
    : compiled_{std::make_shared<const Compiled>(pattern)} {}

bool PathPattern::match(std::string_view path, PathGroups& groups) const {
    switch (compiled_->kind) {
        case Kind::literal:
            groups.clear();
            return path == compiled_->prefix;
        case Kind::shape:
            return match_shape(compiled_->shape, path, groups);
        case Kind::regex:
            break;
    }
    return compiled_->regex->match(path, groups);
}

std::string PathPattern::reverse(std::span<const std::string> values) const {
    if (!is_reversible()) {
        throw std::invalid_argument{
            "The pattern " + text() + " cannot be reversed: there is more than text around its " +
            std::to_string(group_count()) + " groups"};
    }
    if (values.size() != group_count()) {
        throw std::invalid_argument{
            "The pattern " + text() + " has " + std::to_string(group_count()) +
            " groups, but got " + std::to_string(values.size()) + " values"};
    }
    std::string path = compiled_->pieces.front();
    for (std::size_t i = 0; i < values.size(); ++i) {
        path.append(escape::url_escape(values[i], false)).append(compiled_->pieces[i + 1]);
    }
    return path;
}

bool PathPattern::is_reversible() const noexcept {
    return !compiled_->pieces.empty();
}

const std::string& PathPattern::text() const noexcept {
    return compiled_->text;
}

PathPattern::Kind PathPattern::kind() const noexcept {
    return compiled_->kind;
}

std::size_t PathPattern::group_count() const noexcept {
    return compiled_->optional.size();
}

const std::vector<std::string>& PathPattern::group_names() const noexcept {
    return compiled_->names;
}

bool PathPattern::group_is_optional(std::size_t index) const {
    return compiled_->optional.at(index);
}

}  // namespace tornado::routing
