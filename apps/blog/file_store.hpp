#pragma once

#include <tornado/concurrent/promise.hpp>
#include <tornado/locks.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "folder_lock.hpp"
#include "store.hpp"

namespace blog {

/// A folder with one file of JSON for each entry, and one for the authors.
///
/// All of it is held in memory. What is written goes into a file beside, which then takes the name:
/// a crash at any time leaves the old version or the new one. Files that are none of ours are left
/// alone, which is logged. One process may use a folder at a time.
/// Errors: std::system_error when the folder cannot be read or written; std::runtime_error when
/// another process uses it.
class FileStore final : public Store {
public:
    /// Makes the folder, for its owner alone, if it is not there, and reads what is in it.
    explicit FileStore(std::string folder);

    [[nodiscard]] tornado::Future<std::vector<SharedEntry>> latest(std::size_t most) override;
    [[nodiscard]] tornado::Future<SharedEntry> find_slug(std::string slug) override;
    [[nodiscard]] tornado::Future<SharedEntry> save(Entry entry) override;
    [[nodiscard]] tornado::Future<bool> is_new() override;
    [[nodiscard]] tornado::Future<std::optional<Author>> find_author(std::string name) override;
    /// Writes at once, so that nobody else comes between.
    tornado::Future<void> save_author(Author author) override;
    [[nodiscard]] std::string cookie_secret() override;
    [[nodiscard]] std::string feed_id() override;

private:
    void read_entries();
    void read_entry(const std::string& path, std::string_view id);
    void read_authors();
    [[nodiscard]] SharedEntry with_slug(std::string_view slug) const;
    [[nodiscard]] tornado::Future<SharedEntry> write(Entry entry);
    tornado::Future<void> keep(Entry entry, tornado::Promise<SharedEntry> kept);
    [[nodiscard]] std::string free_slug(const std::string& title) const;

    std::string folder_;
    FolderLock lock_;
    std::vector<SharedEntry> entries_;  ///< the oldest first
    std::map<std::string, Author> authors_;
    tornado::locks::Lock writing_;  ///< one entry after the other
};

}  // namespace blog
