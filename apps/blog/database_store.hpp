#pragma once

#include <tornado/concurrent/promise.hpp>
#include <tornado/database.hpp>

#include <string>
#include <string_view>

#include "store.hpp"

namespace blog {

/// A database, of SQLite, PostgreSQL or MariaDB, with tables of its own. Several blogs may share
/// one, and are the same blog then.
///
/// Errors: tornado::database::DatabaseError.
class DatabaseStore final : public Store {
public:
    /// `url` as tornado::database::Connection has it.
    explicit DatabaseStore(const std::string& url);

    /// Makes the tables that are not there. To be awaited before all else.
    tornado::Future<void> prepare();

    [[nodiscard]] tornado::Future<std::vector<SharedEntry>> latest(std::size_t most) override;
    [[nodiscard]] tornado::Future<SharedEntry> find_slug(std::string slug) override;
    [[nodiscard]] tornado::Future<SharedEntry> save(Entry entry) override;
    [[nodiscard]] tornado::Future<bool> is_new() override;
    [[nodiscard]] tornado::Future<std::optional<Author>> find_author(std::string name) override;
    tornado::Future<void> save_author(Author author) override;
    [[nodiscard]] tornado::Future<bool> save_first_author(Author author) override;
    [[nodiscard]] tornado::Future<std::string> cookie_secret() override;
    [[nodiscard]] tornado::Future<std::string> feed_id() override;

private:
    tornado::Future<void> make_table(std::string sql);
    tornado::Future<void> keep(Entry entry, tornado::Promise<SharedEntry> kept);
    [[nodiscard]] tornado::Future<bool> insert(Entry& entry);
    [[nodiscard]] tornado::Future<std::string> free_slug(std::string title);
    [[nodiscard]] tornado::Future<std::string> setting(std::string name, std::string first_value);

    bool is_mariadb_;
    tornado::database::Connection db_;
};

}  // namespace blog
