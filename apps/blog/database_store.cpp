#include "database_store.hpp"

#include <tornado/database/described.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/log.hpp>
#include <tornado/util/secure_random.hpp>

#include <chrono>
#include <exception>
#include <set>
#include <stdexcept>
#include <utility>

#include "slug.hpp"

namespace blog {

namespace database = tornado::database;
namespace ioloop = tornado::ioloop;
using tornado::Future;

namespace {

constexpr auto insert_entry =
    "INSERT INTO entry (id, slug, title, text, author, published, updated) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)";

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4U];
        text += digits[static_cast<unsigned char>(byte) & 15U];
    }
    return text;
}

/// A UUID of version 7 (RFC 9562): those that are made later are greater, so that entries of one
/// second have an order.
std::string new_id() {
    using namespace std::chrono;
    const auto now = floor<milliseconds>(system_clock::now()).time_since_epoch().count();
    auto bytes = tornado::util::secure_random_bytes(16);
    for (std::size_t i = 0; i < 6; ++i) {
        bytes[i] = static_cast<char>((now >> (40 - 8 * i)) & 0xFF);
    }
    bytes[6] = static_cast<char>(0x70 | (bytes[6] & 0x0F));
    bytes[8] = static_cast<char>(0x80 | (bytes[8] & 0x3F));
    return hex(bytes);
}

std::string new_feed_id() {
    auto id = new_id();
    for (const std::size_t place : {20U, 16U, 12U, 8U}) {
        id.insert(place, 1, '-');
    }
    return "urn:uuid:" + id;
}

SharedEntry entry_of(const database::Row& row) {
    return std::make_shared<const Entry>(row.as<Entry>());
}

}  // namespace

DatabaseStore::DatabaseStore(const std::string& url)
    : is_mariadb_{url.starts_with("mysql:") || url.starts_with("mariadb:")},
      db_{url} {}

Future<void> DatabaseStore::prepare() {
    const std::string text = is_mariadb_ ? "mediumtext" : "text";
    const std::string moment = is_mariadb_ ? "datetime" : "timestamp";
    // Otherwise MariaDB takes names for the same that differ in their case.
    const std::string end = is_mariadb_ ? ") CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" : ")";
    const std::string tables[] = {
        "CREATE TABLE IF NOT EXISTS entry (id varchar(32) PRIMARY KEY, slug varchar(100) NOT NULL "
        "UNIQUE, title " +
            text + " NOT NULL, text " + text +
            " NOT NULL, author varchar(60) NOT NULL, published " + moment + " NOT NULL, updated " +
            moment + " NOT NULL" + end,
        "CREATE TABLE IF NOT EXISTS author (name varchar(60) PRIMARY KEY, password_hash " + text +
            " NOT NULL" + end,
        "CREATE TABLE IF NOT EXISTS setting (name varchar(40) PRIMARY KEY, value " + text +
            " NOT NULL" + end};
    for (const auto& table : tables) {
        co_await make_table(table);
    }
    const auto author = co_await db_.query("SELECT name FROM author LIMIT 1");
    const bool is_untouched = co_await is_new();
    if (author.empty() && !is_untouched) {
        tornado::log::app_log().warning(
            "there are entries, but no author: make one with --create-user"
        );
    }
}

/// PostgreSQL looks whether a table exists before it makes it: of two blogs that come at once, one
/// fails, and finds the table the next time.
Future<void> DatabaseStore::make_table(std::string sql) {
    constexpr int most_tries = 4;
    for (int tries = 1;; ++tries) {
        try {
            co_await db_.execute(sql);
            co_return;
        } catch (const database::DatabaseError& error) {
            const auto& code = error.code();  // of its row in a catalogue, the table, its type
            const bool made_meanwhile = code == "23505" || code == "42P07" || code == "42710";
            if (!made_meanwhile || tries == most_tries) {
                throw;
            }
        }
    }
}

Future<std::vector<SharedEntry>> DatabaseStore::latest(std::size_t most) {
    std::string sql = "SELECT * FROM entry ORDER BY published DESC, id DESC";
    if (most != 0) {
        sql += " LIMIT " + std::to_string(most);
    }
    const auto rows = co_await db_.query(sql);
    std::vector<SharedEntry> entries;
    entries.reserve(rows.size());
    for (const auto& row : rows) {
        entries.push_back(entry_of(row));
    }
    co_return entries;
}

Future<SharedEntry> DatabaseStore::find_slug(std::string slug) {
    const auto row = co_await db_.get("SELECT * FROM entry WHERE slug = ?", slug);
    co_return row ? entry_of(*row) : nullptr;
}

/// What has begun goes on without the one who waits for it.
Future<SharedEntry> DatabaseStore::save(Entry entry) {
    tornado::Promise<SharedEntry> kept;
    auto future = kept.future();
    ioloop::IOLoop::current().spawn_callback(
        [this, entry = std::move(entry), kept = std::move(kept)]() mutable {
            return keep(std::move(entry), std::move(kept));
        }
    );
    return future;
}

Future<void> DatabaseStore::keep(Entry entry, tornado::Promise<SharedEntry> kept) {
    try {
        if (entry.id.empty()) {
            entry.id = new_id();
            while (true) {
                const bool done = co_await insert(entry);
                if (done) {
                    break;
                }
            }
        } else {
            co_await db_.execute(
                "UPDATE entry SET title = ?, text = ?, updated = ? WHERE id = ?",
                entry.title,
                entry.text,
                entry.updated,
                entry.id
            );
        }
        kept.set_result(std::make_shared<const Entry>(std::move(entry)));
    } catch (const std::exception&) {
        kept.set_exception(std::current_exception());
    }
}

/// False when somebody else has been given the same slug meanwhile.
Future<bool> DatabaseStore::insert(Entry& entry) {
    entry.slug = co_await free_slug(entry.title);
    try {
        co_await db_.execute(
            insert_entry,
            entry.id,
            entry.slug,
            entry.title,
            entry.text,
            entry.author,
            entry.published,
            entry.updated
        );
    } catch (const database::IntegrityError&) {
        co_return false;
    }
    co_return true;
}

Future<std::string> DatabaseStore::free_slug(std::string title) {
    const auto wanted = slug_of(title);
    const auto numbered = wanted + "-%";  // a slug has no character that means more to LIKE
    const auto rows = co_await db_.query(
        "SELECT slug FROM entry WHERE slug = ? OR slug LIKE ?", wanted, numbered
    );
    std::set<std::string> taken;
    for (const auto& row : rows) {
        taken.insert(row.get<std::string>("slug"));
    }
    auto slug = wanted;
    for (int number = 2; taken.contains(slug); ++number) {
        slug = wanted + "-" + std::to_string(number);
    }
    co_return slug;
}

Future<bool> DatabaseStore::is_new() {
    const auto authors = co_await db_.query("SELECT name FROM author LIMIT 1");
    if (!authors.empty()) {
        co_return false;
    }
    const auto entries = co_await db_.query("SELECT id FROM entry LIMIT 1");
    co_return entries.empty();
}

Future<std::optional<Author>> DatabaseStore::find_author(std::string name) {
    const auto row = co_await db_.get("SELECT * FROM author WHERE name = ?", name);
    co_return row ? std::optional{row->as<Author>()} : std::nullopt;
}

Future<void> DatabaseStore::save_author(Author author) {
    auto transaction = co_await db_.begin();
    co_await transaction.execute("DELETE FROM author WHERE name = ?", author.name);
    co_await transaction.execute(
        "INSERT INTO author (name, password_hash) VALUES (?, ?)", author.name, author.password_hash
    );
    co_await transaction.commit();
}

/// Of several who come at once, one alone can keep the setting.
Future<bool> DatabaseStore::save_first_author(Author author) {
    const bool is_untouched = co_await is_new();
    if (!is_untouched) {
        co_return false;
    }
    try {
        auto transaction = co_await db_.begin();
        co_await transaction.execute(
            "INSERT INTO setting (name, value) VALUES ('first_author', ?)", author.name
        );
        co_await transaction.execute(
            "INSERT INTO author (name, password_hash) VALUES (?, ?)",
            author.name,
            author.password_hash
        );
        co_await transaction.commit();
    } catch (const database::IntegrityError&) {
        co_return false;
    }
    co_return true;
}

Future<std::string> DatabaseStore::setting(std::string name, std::string first_value) {
    const auto select = "SELECT value FROM setting WHERE name = ?";
    auto row = co_await db_.get(select, name);
    if (!row) {
        try {
            co_await db_.execute(
                "INSERT INTO setting (name, value) VALUES (?, ?)", name, first_value
            );
            co_return first_value;
        } catch (const database::IntegrityError&) {
            // Another blog on the same database was faster.
        }
        row = co_await db_.get(select, name);
    }
    co_return row.value().get<std::string>("value");
}

Future<std::string> DatabaseStore::cookie_secret() {
    auto secret = co_await setting("cookie_secret", hex(tornado::util::secure_random_bytes(32)));
    if (secret.size() < 32) {
        throw std::runtime_error{
            "the setting cookie_secret is too short for a secret: delete it to have a new one"};
    }
    co_return secret;
}

Future<std::string> DatabaseStore::feed_id() {
    return setting("feed_id", new_feed_id());
}

}  // namespace blog
