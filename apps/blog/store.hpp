#pragma once

#include <tornado/concurrent/future.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "entry.hpp"

namespace blog {

/// Where entries and authors are kept. All that may wait returns a Future, so that a database can
/// stand behind it.
///
/// Thread safety: one loop, one thread.
class Store {
public:
    virtual ~Store() = default;

    /// The entries that came last, the newest first; all for 0.
    [[nodiscard]] virtual tornado::Future<std::vector<Entry>> latest(std::size_t most) = 0;
    [[nodiscard]] virtual tornado::Future<std::optional<Entry>> find_slug(std::string slug) = 0;
    /// Keeps a new entry, of which id and slug are empty, or a new version of one. Done when it
    /// would outlive a crash.
    [[nodiscard]] virtual tornado::Future<Entry> save(Entry entry) = 0;

    [[nodiscard]] virtual tornado::Future<bool> has_authors() = 0;
    [[nodiscard]] virtual tornado::Future<std::optional<Author>> find_author(std::string name) = 0;
    /// Keeps a new author, or one with a new password.
    virtual tornado::Future<void> save_author(Author author) = 0;

    /// The secret for signed cookies, made when it is asked for the first time.
    [[nodiscard]] virtual std::string cookie_secret() = 0;
};

}  // namespace blog
