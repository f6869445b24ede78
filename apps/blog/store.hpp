#pragma once

#include <tornado/concurrent/future.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "entry.hpp"

namespace blog {

/// An entry as many may hold it: a change makes a new one.
using SharedEntry = std::shared_ptr<const Entry>;

/// Where entries and authors are kept.
///
/// Thread safety: one loop, one thread.
class Store {
public:
    virtual ~Store() = default;

    /// The entries that came last, the newest first; all for 0.
    [[nodiscard]] virtual tornado::Future<std::vector<SharedEntry>> latest(std::size_t most) = 0;
    /// Null when there is none.
    [[nodiscard]] virtual tornado::Future<SharedEntry> find_slug(std::string slug) = 0;
    /// Keeps a new entry, of which id and slug are empty, or a new version of one. Done when it
    /// would outlive a crash. Cancellation: nobody waits any more, but the entry is kept.
    [[nodiscard]] virtual tornado::Future<SharedEntry> save(Entry entry) = 0;

    /// Whether nobody has written and nobody may: whoever comes first may become the author.
    [[nodiscard]] virtual tornado::Future<bool> is_new() = 0;
    [[nodiscard]] virtual tornado::Future<std::optional<Author>> find_author(std::string name) = 0;
    /// Keeps a new author, or one with a new password.
    virtual tornado::Future<void> save_author(Author author) = 0;
    /// Keeps the author of a blog that is_new(); false, and nothing is done, when it is not.
    [[nodiscard]] virtual tornado::Future<bool> save_first_author(Author author) = 0;

    /// The secret for signed cookies, made when it is asked for the first time.
    [[nodiscard]] virtual tornado::Future<std::string> cookie_secret() = 0;
    /// The feed's name for ever, a URI made when it is asked for the first time.
    [[nodiscard]] virtual tornado::Future<std::string> feed_id() = 0;
};

}  // namespace blog
