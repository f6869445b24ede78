#include "path_shape.hpp"

#include <algorithm>

namespace tornado::routing {

namespace {

const ByteSet slash_only = ByteSet{}.set('/');
const ByteSet all_but_slash = ~slash_only;

Step::Scan scan_of(const ByteSet& set) {
    return set.all()              ? Step::Scan::all
           : set == all_but_slash ? Step::Scan::segment
                                  : Step::Scan::bytes;
}

/// Where a run of the step's bytes that begins at `at` ends.
std::size_t run_end(const Step& step, std::string_view path, std::size_t at) noexcept {
    switch (step.scan) {
        case Step::Scan::all:
            return path.size();
        case Step::Scan::segment:
            return std::min(path.find('/', at), path.size());
        case Step::Scan::bytes:
            break;
    }
    while (at < path.size() && step.set[static_cast<unsigned char>(path[at])]) {
        ++at;
    }
    return at;
}

/// For each piece, and for the end, the bytes that what begins there can begin with.
std::vector<ByteSet> first_bytes(const std::vector<Piece>& pieces) {
    std::vector<ByteSet> first(pieces.size() + 1);
    for (auto i = pieces.size(); i-- > 0;) {
        first[i] = pieces[i].set;
        if (pieces[i].min == 0) {
            first[i] |= first[i + 1];
        }
    }
    return first;
}

class ShapeMaker {
public:
    explicit ShapeMaker(const std::vector<Piece>& pieces)
        : pieces_{pieces},
          first_{first_bytes(pieces)} {}

    std::optional<PathShape> make() {
        std::size_t i = 0;
        std::size_t groups = 0;
        std::size_t text_groups = 0;
        std::size_t sets = 0;
        while (i < pieces_.size()) {
            const auto& piece = pieces_[i];
            if (piece.kind == Piece::Kind::group) {
                return std::nullopt;
            }
            if (piece.is_plain_byte()) {
                add_byte(piece.byte);
                ++i;
                continue;
            }
            if (piece.kind == Piece::Kind::text_group) {
                add_text_group(piece.text);
                ++text_groups;
                ++i;
                continue;
            }
            groups += piece.kind == Piece::Kind::set_group ? 1 : 0;
            ++sets;
            if (!add_set(i)) {
                return std::nullopt;
            }
        }
        const bool is_small = groups + text_groups <= most_shape_groups &&
                              (text_groups == 0 || sets <= most_shape_groups);
        return is_small ? std::optional{std::move(shape_)} : std::nullopt;
    }

private:
    void add_byte(unsigned char byte) {
        if (shape_.empty() || shape_.back().kind != Step::Kind::text || shape_.back().captures) {
            shape_.emplace_back();
        }
        shape_.back().text.push_back(static_cast<char>(byte));
    }

    void add_text_group(const std::string& text) {
        auto& step = shape_.emplace_back();
        step.captures = true;
        step.text = text;
    }

    /// Adds the set at `i` in a way that leaves no choice where it ends; false when there is none.
    bool add_set(std::size_t& i) {
        const auto& piece = pieces_[i];
        Step step;
        step.captures = piece.kind == Piece::Kind::set_group;
        step.set = piece.set;
        step.scan = scan_of(piece.set);
        step.min = piece.min;
        step.max = piece.max;
        ++i;
        if ((piece.set & first_[i]).none()) {
            step.kind = Step::Kind::run;  // it ends where something else must begin
        } else if (!piece.set['/']) {
            step.kind = Step::Kind::segment_end;
            while (i < pieces_.size() && pieces_[i].is_plain_byte() && pieces_[i].byte != '/') {
                step.text.push_back(static_cast<char>(pieces_[i++].byte));
            }
            if ((first_[i] & all_but_slash).any()) {
                return false;
            }
        } else {
            step.kind = Step::Kind::path_end;
            while (i < pieces_.size() && pieces_[i].is_plain_byte()) {
                step.text.push_back(static_cast<char>(pieces_[i++].byte));
            }
            if (i < pieces_.size()) {
                return false;
            }
        }
        shape_.push_back(std::move(step));
        return true;
    }

    const std::vector<Piece>& pieces_;
    const std::vector<ByteSet> first_;
    PathShape shape_;
};

}  // namespace

bool Step::advance(std::string_view path, std::size_t& at, std::string_view& taken) const noexcept {
    if (kind == Kind::text) {
        if (path.compare(at, text.size(), text) != 0) {
            return false;
        }
        taken = path.substr(at, text.size());
        at += text.size();
        return true;
    }
    std::size_t end = 0;
    std::size_t next = 0;
    if (kind == Kind::run) {
        next = end = run_end(*this, path, at);
    } else {
        next = kind == Kind::path_end ? path.size() : std::min(path.find('/', at), path.size());
        if (next - at < text.size()) {
            return false;
        }
        end = next - text.size();
        if (path.compare(end, text.size(), text) != 0 ||
            run_end(*this, path.substr(0, end), at) != end) {
            return false;
        }
    }
    if (end - at < min || end - at > max) {
        return false;
    }
    taken = path.substr(at, end - at);
    at = next;
    return true;
}

std::optional<PathShape> make_shape(const std::vector<Piece>& pieces) {
    return ShapeMaker{pieces}.make();
}

bool match_shape(const PathShape& shape, std::string_view path, PathGroups& groups) {
    groups.clear();
    std::size_t at = 0;
    for (const auto& step : shape) {
        std::string_view taken;
        if (!step.advance(path, at, taken)) {
            groups.clear();
            return false;
        }
        if (step.captures) {
            groups.push_back(taken);
        }
    }
    if (at != path.size()) {
        groups.clear();
        return false;
    }
    return true;
}

}  // namespace tornado::routing
