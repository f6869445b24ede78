#include "literal_index.hpp"

#include <algorithm>
#include <cstring>

namespace tornado::routing {

namespace {

template <typename Word>
std::uint64_t load(const char* bytes) noexcept {
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;

/// A product's high bits depend on all of the word, its low bits do not: fold them.
std::uint64_t mix(std::uint64_t hash, std::uint64_t word) noexcept {
    hash = (hash ^ word) * odd;
    return hash ^ hash >> 32U;
}

/// Reads whole words; the last may overlap the one before.
std::uint32_t hash_of(std::string_view path) noexcept {
    const auto* at = path.data();
    const auto size = path.size();
    std::uint64_t hash = size;
    if (size >= 8) {
        for (const auto* const last = at + size - 8; at < last; at += 8) {
            hash = mix(hash, load<std::uint64_t>(at));
        }
        hash = mix(hash, load<std::uint64_t>(path.data() + size - 8));
    } else if (size >= 4) {
        hash = mix(hash, load<std::uint32_t>(at) << 32U | load<std::uint32_t>(at + size - 4));
    } else if (size != 0) {
        hash =
            mix(hash,
                load<std::uint8_t>(at) << 16U | load<std::uint8_t>(at + size / 2) << 8U |
                    load<std::uint8_t>(at + size - 1));
    }
    return static_cast<std::uint32_t>(hash * odd >> 32U);
}

}  // namespace

void LiteralIndex::add(std::string_view path, std::uint32_t route) {
    const auto hash = hash_of(path);
    if (const auto found = find_entry(path, hash); found != none) {
        entries_[found].others.push_back(route);
        return;
    }
    entries_.push_back({std::string{path}, route, {}});
    if (entries_.size() * 2 > slots_.size()) {
        grow();
    } else {
        place(hash, static_cast<std::uint32_t>(entries_.size() - 1));
    }
}

std::uint32_t LiteralIndex::find(std::string_view path, std::uint32_t from) const noexcept {
    const auto found = find_entry(path, hash_of(path));
    if (found == none) {
        return none;
    }
    const auto& entry = entries_[found];
    if (from <= entry.first) {
        return entry.first;
    }
    const auto next = std::lower_bound(entry.others.begin(), entry.others.end(), from);
    return next == entry.others.end() ? none : *next;
}

std::uint32_t LiteralIndex::find_entry(std::string_view path, std::uint32_t hash) const noexcept {
    if (slots_.empty()) {
        return none;
    }
    const auto mask = slots_.size() - 1;
    for (std::size_t i = hash & mask; slots_[i].entry != none; i = (i + 1) & mask) {
        if (slots_[i].hash == hash && entries_[slots_[i].entry].path == path) {
            return slots_[i].entry;
        }
    }
    return none;
}

void LiteralIndex::place(std::uint32_t hash, std::uint32_t entry) noexcept {
    const auto mask = slots_.size() - 1;
    std::size_t i = hash & mask;
    while (slots_[i].entry != none) {
        i = (i + 1) & mask;
    }
    slots_[i] = {hash, entry};
}

void LiteralIndex::grow() {
    slots_.assign(std::max<std::size_t>(16, slots_.size() * 2), Slot{});
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        place(hash_of(entries_[i].path), static_cast<std::uint32_t>(i));
    }
}

}  // namespace tornado::routing
