#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tornado/template/value.hpp"

namespace tornado::templating {

/// The names that a template knows, each with its value.
///
///     Namespace names{{"title", "Home"}, {"entries", std::cref(entries)}};
///     names.set("add", [](int a, int b) { return a + b; });
///
/// Thread safety: that of its values; several threads may read it.
class Namespace {
public:
    using Item = std::pair<std::string, Value>;

    Namespace() = default;
    Namespace(std::initializer_list<Item> items);

    /// Gives a name its value, whether or not it had one.
    void set(std::string_view name, Value value);
    /// Takes over all names of the other, which win.
    void update(const Namespace& other);
    /// The value of a name; null when there is none.
    [[nodiscard]] const Value* find(std::string_view name) const noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] auto begin() const noexcept { return items_.begin(); }
    [[nodiscard]] auto end() const noexcept { return items_.end(); }

private:
    std::vector<Item> items_;
};

}  // namespace tornado::templating
