#include "tornado/pubsub/position.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tornado::pubsub {

namespace {

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
    const auto dot = text.find('.');
    if (dot != 16) {
        return std::nullopt;
    }
    const auto publisher = number<PublisherId>(text.substr(0, dot), 16);
    const auto sequence = number<std::uint64_t>(text.substr(dot + 1), 10);
    if (!publisher || !sequence) {
        return std::nullopt;
    }
    return Position::Entry{*publisher, *sequence};
}

}  // namespace

std::optional<Position> Position::parse(std::string_view text) {
    const bool ends_early = text.ends_with('-');
    const auto time = number<std::int64_t>(take(text), 10);
    if (!time || *time < 0 || ends_early) {
        return std::nullopt;
    }
    Position position;
    position.time_ = std::chrono::milliseconds{*time};
    while (!text.empty()) {
        const auto entry = entry_from(take(text));
        if (!entry || position.entries_.size() == max_publishers) {
            return std::nullopt;
        }
        position.advance(entry->publisher, entry->sequence);
    }
    return position;
}

std::string Position::to_string() const {
    auto text = std::to_string(time_.count());
    for (const auto& entry : entries_) {
        text += "-" + pubsub::to_string(entry.publisher) + "." + std::to_string(entry.sequence);
    }
    return text;
}

void Position::advance(PublisherId publisher, std::uint64_t sequence) {
    for (auto& entry : entries_) {
        if (entry.publisher == publisher) {
            entry.sequence = std::max(entry.sequence, sequence);
            return;
        }
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
