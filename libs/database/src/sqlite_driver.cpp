#include <algorithm>
#include <charconv>
#include <system_error>

#include "backend.hpp"
#include "sqlite_connection.hpp"
#include "sqlite_settings.hpp"
#include "tornado/database/errors.hpp"
#include "tornado/util/absolute_path.hpp"

namespace tornado::database {

namespace {

[[noreturn]] void refuse(const std::string& why) {
    throw InterfaceError{"sqlite: " + why};
}

/// One of the words that an option may be.
std::size_t
choice(const DatabaseURL::Option& option, std::initializer_list<std::string_view> words) {
    const auto found = std::ranges::find(words, option.second);
    if (found == words.end()) {
        std::string all;
        for (const auto word : words) {
            all.append(all.empty() ? "" : ", ").append(word);
        }
        refuse("the option " + option.first + " is one of " + all);
    }
    return static_cast<std::size_t>(found - words.begin());
}

void read_option(const DatabaseURL::Option& option, SQLiteSettings& settings) {
    const auto& [name, value] = option;
    if (name == "mode") {
        const auto mode = choice(option, {"rwc", "rw", "ro"});
        settings.creates = mode == 0;
        settings.read_only = mode == 2;
    } else if (name == "foreign_keys") {
        settings.foreign_keys = choice(option, {"off", "on"}) == 1;
    } else if (name == "journal") {
        static_cast<void>(choice(option, {"wal", "delete", "truncate", "persist"}));
        settings.journal = value;
    } else if (name == "synchronous") {
        static_cast<void>(choice(option, {"off", "normal", "full", "extra"}));
        settings.synchronous = value;
    } else if (name == "busy_timeout") {
        int milliseconds = 0;
        const auto* const end = value.data() + value.size();
        const auto read = std::from_chars(value.data(), end, milliseconds);
        if (read.ec != std::errc{} || read.ptr != end || milliseconds < 0) {
            refuse("the option busy_timeout is a number of milliseconds");
        }
        settings.busy_timeout = std::chrono::milliseconds{milliseconds};
    } else if (name == "on_loop") {
        settings.on_loop = choice(option, {"off", "on"}) == 1;
        if (settings.on_loop && !settings.in_memory) {
            refuse("the option on_loop is for :memory:, as files may keep the loop waiting");
        }
    } else {
        refuse(
            "there is no option " + name +
            "; there are busy_timeout, foreign_keys, journal, mode, on_loop and synchronous"
        );
    }
}

Future<std::unique_ptr<BackendConnection>> open(std::shared_ptr<const SQLiteSettings> settings) {
    auto connection = std::make_unique<SQLiteConnection>(std::move(settings));
    const auto opened = connection->opened();
    co_await opened;
    co_return std::unique_ptr<BackendConnection>{std::move(connection)};
}

class SQLiteDriver final : public Driver {
public:
    explicit SQLiteDriver(std::shared_ptr<const SQLiteSettings> settings)
        : settings_{std::move(settings)} {}

    [[nodiscard]] std::string_view name() const noexcept override { return "SQLite"; }
    /// Whoever begins by reading cannot write when others have written meanwhile.
    [[nodiscard]] std::string_view begin() const noexcept override {
        return settings_->read_only ? "BEGIN" : "BEGIN IMMEDIATE";
    }
    [[nodiscard]] std::size_t depth() const noexcept override { return settings_->depth; }
    [[nodiscard]] bool can_reconnect() const noexcept override { return !settings_->in_memory; }
    [[nodiscard]] std::size_t max_connections() const noexcept override {
        return settings_->in_memory ? 1 : SIZE_MAX;
    }
    [[nodiscard]] Future<std::unique_ptr<BackendConnection>> connect() override {
        return open(settings_);
    }

private:
    std::shared_ptr<const SQLiteSettings> settings_;
};

}  // namespace

std::unique_ptr<Driver>
make_sqlite_driver(const DatabaseURL& url, const ConnectionOptions& options) {
    auto settings = std::make_shared<SQLiteSettings>();
    settings->in_memory = settings->on_loop = url.database == ":memory:";
    settings->file = settings->in_memory ? url.database : util::absolute_path(url.database);
    settings->statements = options.statement_cache;
    settings->depth = options.pipeline;
    for (const auto& option : url.options) {
        read_option(option, *settings);
    }
    return std::make_unique<SQLiteDriver>(std::move(settings));
}

}  // namespace tornado::database
