#pragma once

#include <tornado/locks.hpp>

#include <map>
#include <string>
#include <vector>

#include "store.hpp"

namespace blog {

/// A folder with one file of JSON for each entry, and one for the authors.
///
/// All of it is held in memory. What is written goes into a file beside, which then takes the name:
/// a crash at any time leaves the old version or the new one. Files that are none of ours are left
/// alone, which is logged.
/// Errors: std::system_error when the folder cannot be read or written.
class FileStore final : public Store {
public:
    /// Makes the folder if it is not there, and reads what is in it.
    explicit FileStore(std::string folder);

    [[nodiscard]] tornado::Future<std::vector<Entry>> latest(std::size_t most) override;
    [[nodiscard]] tornado::Future<std::optional<Entry>> find_slug(std::string slug) override;
    [[nodiscard]] tornado::Future<Entry> save(Entry entry) override;
    [[nodiscard]] tornado::Future<bool> has_authors() override;
    [[nodiscard]] tornado::Future<std::optional<Author>> find_author(std::string name) override;
    /// Writes at once, so that nobody else comes between.
    tornado::Future<void> save_author(Author author) override;
    [[nodiscard]] std::string cookie_secret() override;

private:
    void read_entries();
    void read_authors();
    [[nodiscard]] std::string free_slug(const std::string& title) const;

    std::string folder_;
    std::vector<Entry> entries_;  ///< the oldest first
    std::map<std::string, Author> authors_;
    tornado::locks::Lock writing_;  ///< one entry after the other
};

}  // namespace blog
