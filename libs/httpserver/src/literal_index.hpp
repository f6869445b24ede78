#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::routing {

/// Finds routes by their whole path.
///
/// The hash has no secret: all keys come from the application, and strangers only ask for them.
class LiteralIndex {
public:
    static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

    /// `route` must be greater than all before.
    void add(std::string_view path, std::uint32_t route);

    /// The least route of `path` that is at least `from`, or none.
    [[nodiscard]] std::uint32_t find(std::string_view path, std::uint32_t from) const noexcept;

private:
    struct Entry {
        std::string path;
        std::uint32_t first;
        std::vector<std::uint32_t> others;  // ascending
    };
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t entry = none;
    };

    [[nodiscard]] std::uint32_t find_entry(std::string_view path, std::uint32_t hash)
        const noexcept;
    void place(std::uint32_t hash, std::uint32_t entry) noexcept;
    void grow();

    std::vector<Entry> entries_;
    std::vector<Slot> slots_;  // a power of two of them, at most half of them in use
};

}  // namespace tornado::routing
