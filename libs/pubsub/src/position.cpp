#include "tornado/pubsub/position.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tornado::pubsub {

namespace {

/// The most that to_string() makes.
constexpr std::size_t longest_text = 20 + Position::max_publishers * (1 + 16 + 1 + 20);

/// A number that fills the text; nullopt for anything else.
template <typename T>
std::optional<T> number(std::string_view text, int base) {
    T value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value, base);
    if (read.ec != std::errc{} || read.ptr != end) {
        return std::nullopt;
    }
    return value;
}

/// The text up to the next separator, which is taken away too.
std::string_view take(std::string_view& text) {
    const auto piece = text.substr(0, text.find('-'));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    return piece;
}

std::optional<Position::Entry> entry_from(std::string_view text) {
    if (text.find('.') != 16) {
        return std::nullopt;
    }
    const auto publisher = number<PublisherId>(text.substr(0, 16), 16);
    const auto sequence = number<std::uint64_t>(text.substr(17), 10);
    if (!publisher || !sequence || *sequence == 0) {
        return std::nullopt;
    }
    return Position::Entry{*publisher, *sequence};
}

}  // namespace

std::optional<Position> Position::parse(std::string_view text) {
    if (text.size() > longest_text) {
        return std::nullopt;
    }
    auto rest = text;
    const auto time = number<std::int64_t>(take(rest), 10);
    if (!time || *time < 0) {
        return std::nullopt;
    }
    Position position;
    position.time_ = std::chrono::milliseconds{*time};
    while (!rest.empty()) {
        const auto entry = entry_from(take(rest));
        if (!entry || position.entries_.size() == max_publishers) {
            return std::nullopt;
        }
        position.advance(entry->publisher, entry->sequence);
    }
    // A number may be written, and a publisher named, in more than one way.
    return position.to_string() == text ? std::optional{std::move(position)} : std::nullopt;
}

std::string Position::to_string() const {
    auto text = std::to_string(time_.count());
    for (const auto& entry : entries_) {
        text += "-" + pubsub::to_string(entry.publisher) + "." + std::to_string(entry.sequence);
    }
    return text;
}

/// The one that spoke last stands last, and is the last to find no room.
void Position::advance(PublisherId publisher, std::uint64_t sequence) {
    const auto found = std::ranges::find(entries_, publisher, &Entry::publisher);
    if (found != entries_.end()) {
        found->sequence = std::max(found->sequence, sequence);
        std::rotate(found, found + 1, entries_.end());
        return;
    }
    if (entries_.size() == max_publishers) {
        entries_.erase(entries_.begin());
    }
    entries_.push_back({publisher, sequence});
}

std::uint64_t Position::of(PublisherId publisher) const noexcept {
    for (const auto& entry : entries_) {
        if (entry.publisher == publisher) {
            return entry.sequence;
        }
    }
    return 0;
}

void Position::set_time_to_now() {
    time_ = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch()
    );
}

}  // namespace tornado::pubsub
