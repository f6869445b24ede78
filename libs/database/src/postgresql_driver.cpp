#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "backend.hpp"
#include "postgresql_connection.hpp"
#include "postgresql_fault.hpp"
#include "postgresql_handles.hpp"
#include "silence.hpp"
#include "tornado/database/errors.hpp"
#include "tornado/iostream/resolver.hpp"
#include "until_ready.hpp"

namespace tornado::database {

namespace {

using namespace postgresql;

/// What libpq is told, in its own words; of a word that comes twice it takes the last.
class Settings {
public:
    void set(std::string word, std::string value) {
        words_.push_back(std::move(word));
        values_.push_back(std::move(value));
    }
    void unset(std::string_view word) {
        for (auto i = words_.size(); i-- > 0;) {
            if (words_[i] == word) {
                words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(i));
                values_.erase(values_.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
    }
    [[nodiscard]] ConnectionHandle start() const {
        std::vector<const char*> words;
        std::vector<const char*> values;
        for (std::size_t i = 0; i < words_.size(); ++i) {
            words.push_back(words_[i].c_str());
            values.push_back(values_[i].c_str());
        }
        words.push_back(nullptr);
        values.push_back(nullptr);
        constexpr int plain = 0;
        return ConnectionHandle{PQconnectStartParams(words.data(), values.data(), plain)};
    }

private:
    std::vector<std::string> words_;
    std::vector<std::string> values_;
};

/// A place and how to connect to it.
struct Target {
    Settings settings;
    bool has_own_options = false;  ///< `options` of the URL
    /// It has refused to hear of settings before it is connected, as poolers do.
    mutable std::atomic<bool> refuses_options = false;
    std::vector<std::string> hosts;  ///< to be resolved; empty: nothing is
    int port = 5432;
    std::size_t cache = 0;
};

bool is_word_of_libpq(const std::string& word) {
    struct Free {
        void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
    };
    const std::unique_ptr<PQconninfoOption, Free> known{PQconndefaults()};
    for (const auto* option = known.get(); option != nullptr && option->keyword != nullptr;
         ++option) {
        if (option->keyword == word) {
            return true;
        }
    }
    return false;
}

/// What a URL says already, and what this library needs to be as it is.
constexpr std::string_view not_options[] =
    {"user", "password", "dbname", "port", "client_encoding", "replication"};

// Moments are in UTC, as with the other databases, unless the URL says otherwise.
constexpr const char* zone[] = {"TimeZone", "UTC"};
// Values come as text, and their reading relies on this.
constexpr const char* formats[][2] = {
    {"DateStyle", "ISO"},
    {"bytea_output", "hex"},
    {"extra_float_digits", "3"}};

void take_options(const DatabaseURL& url, Settings& settings) {
    const auto option = [](const auto& setting) {
        return std::string{" -c "} + setting[0] + '=' + setting[1];
    };
    std::string session = option(zone);
    for (const auto& [word, value] : url.options) {
        if (std::ranges::find(not_options, word) != std::end(not_options)) {
            throw InterfaceError{
                "the option " + word +
                " of a postgresql URL has a place of its own there, or is "
                "always the same"};
        }
        if (!is_word_of_libpq(word)) {
            throw InterfaceError{"a postgresql URL has no option " + word};
        }
        if (word == "options") {
            session += ' ' + value;
        } else {
            settings.set(word, value);
        }
    }
    for (const auto& format : formats) {
        session += option(format);
    }
    settings.set("options", session);
    settings.set("client_encoding", "UTF8");
}

/// Where the server is: what the URL says, or else what libpq would take from the environment.
std::string host_of(const DatabaseURL& url) {
    const auto* const option = url.option("host");
    if (!url.host.empty()) {
        if (option != nullptr) {
            throw InterfaceError{"a postgresql URL names its host once: " + url.to_string()};
        }
        return url.host;
    }
    if (option != nullptr) {
        return *option;
    }
    const bool is_elsewhere = url.option("service") != nullptr ||
                              std::getenv("PGSERVICE") != nullptr ||
                              std::getenv("PGHOSTADDR") != nullptr;
    const auto* const usual = is_elsewhere ? nullptr : std::getenv("PGHOST");
    return usual != nullptr ? usual : "";
}

/// The host of a URL may be several, as libpq has it: the first that answers is taken.
std::vector<std::string> split(const std::string& hosts) {
    std::vector<std::string> parts{""};
    for (const char c : hosts) {
        if (c == ',') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

/// Neither an address nor the folder of a socket.
bool is_name(const std::string& host) {
    const bool is_socket = host.empty() || host.starts_with('/') || host.starts_with('@');
    return !is_socket && !netutil::is_valid_ip(host);
}

std::shared_ptr<const Target> target_of(const DatabaseURL& url, const ConnectionOptions& options) {
    if (url.database.empty()) {
        throw InterfaceError{"the URL of a PostgreSQL names no database: " + url.to_string()};
    }
    auto target = std::make_shared<Target>();
    auto& settings = target->settings;
    // Kerberos looks hosts up by itself, and blocks meanwhile.
    settings.set("gssencmode", "disable");
    settings.set("fallback_application_name", "tornado");
    const std::pair<const char*, int> limits[] = {
        {"keepalives_idle", silence::keepalive_idle},
        {"keepalives_interval", silence::keepalive_interval},
        {"keepalives_count", silence::keepalive_count},
        {"tcp_user_timeout", silence::user_timeout},
    };
    for (const auto& [word, limit] : limits) {
        settings.set(word, std::to_string(limit));
    }
    take_options(url, settings);
    target->has_own_options = url.option("options") != nullptr;
    settings.set("dbname", url.database);
    if (!url.user.empty()) {
        settings.set("user", url.user);
    }
    if (!url.password.empty()) {
        settings.set("password", url.password);
    }
    if (url.port != 0) {
        target->port = url.port;
        settings.set("port", std::to_string(url.port));
    }
    if (const auto host = host_of(url); !host.empty()) {
        settings.set("host", host);
        auto hosts = split(host);
        if (std::ranges::any_of(hosts, &is_name) && url.option("hostaddr") == nullptr) {
            target->hosts = std::move(hosts);
        }
    }
    target->cache = options.statement_cache;
    return target;
}

[[noreturn]] void fail(Fault fault) {
    throw ConnectFault{std::move(fault)};
}

/// libpq would look names up itself, and block the loop.
Future<Settings> with_addresses(std::shared_ptr<const Target> target) {
    const auto resolver = netutil::Resolver::make();
    std::string hosts;
    std::string addresses;
    std::string error;
    std::size_t count = 0;
    const auto add = [&](const std::string& host, const std::string& address) {
        const std::string comma = count++ == 0 ? "" : ",";
        hosts += comma + host;
        addresses += comma + address;
    };
    for (const auto& host : target->hosts) {
        if (!is_name(host)) {
            add(host, "");
            continue;
        }
        try {
            const auto found = co_await resolver->resolve(host, target->port);
            for (const auto& address : found) {
                add(host, address.host());
            }
        } catch (const std::exception& failure) {
            error = failure.what();
        }
    }
    if (count == 0) {
        fail({.text = error, .lost = true});
    }
    auto settings = target->settings;
    settings.set("host", hosts);  // one for each address
    settings.set("hostaddr", addresses);
    co_return settings;
}

/// Leads libpq through the log-in. It opens and closes descriptors on the way.
Future<ConnectionHandle> connect_with(Settings settings) {
    auto connection = settings.start();
    if (!connection) {
        fail({.text = "no memory for a connection", .lost = true});
    }
    if (PQstatus(connection.get()) == CONNECTION_BAD) {
        auto fault = connect_fault(*connection);
        fault.kind = FaultKind::interface;
        fault.lost = false;
        fail(std::move(fault));
    }
    PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
    auto wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK) {
        const auto events =
            wanted == PGRES_POLLING_WRITING ? ioloop::Events::write : ioloop::Events::read;
        co_await until_ready(PQsocket(connection.get()), events);
        wanted = PQconnectPoll(connection.get());
        if (wanted == PGRES_POLLING_FAILED) {
            fail(connect_fault(*connection));
        }
    }
    PQsetErrorVerbosity(connection.get(), PQERRORS_DEFAULT);
    co_return connection;
}

/// The query that sets what take_options() would have set before.
std::string late_options() {
    const auto call = [](const auto& setting) {
        return std::string{"set_config('"} + setting[0] + "', '" + setting[1] + "', false)";
    };
    auto query = "SELECT " + call(zone);
    for (const auto& format : formats) {
        query += ", " + call(format);
    }
    return query;
}

/// Runs a query before there is a pipeline.
Future<void> run_first(PGconn& connection, const std::string& query) {
    if (PQsendQuery(&connection, query.c_str()) == 0) {
        fail(lost_fault(connection));
    }
    while (true) {
        while (PQisBusy(&connection) != 0) {
            co_await until_ready(PQsocket(&connection), ioloop::Events::read);
            if (PQconsumeInput(&connection) == 0) {
                fail(lost_fault(connection));
            }
        }
        const ResultHandle result{PQgetResult(&connection)};
        if (!result) {
            co_return;
        }
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
            fail(fault_of(*result));
        }
    }
}

/// PgBouncer takes no options unless it is told to ignore them, and then it does that.
bool is_refusal_of_options(const Fault& fault) {
    return fault.code == "08P01" && fault.text.find("options") != std::string::npos;
}

Future<ConnectionHandle> log_in(std::shared_ptr<const Target> target, Settings settings) {
    if (!target->refuses_options) {
        try {
            co_return co_await connect_with(settings);
        } catch (const ConnectFault& failure) {
            if (!is_refusal_of_options(failure.fault)) {
                throw;
            }
            if (target->has_own_options) {
                auto fault = failure.fault;
                fault.lost = false;  // it would be so again
                fail(std::move(fault));
            }
        }
        target->refuses_options = true;
    }
    settings.unset("options");
    auto connection = co_await connect_with(std::move(settings));
    co_await run_first(*connection, late_options());
    co_return connection;
}

Future<std::unique_ptr<BackendConnection>> open(std::shared_ptr<const Target> target) {
    auto settings = target->settings;
    if (!target->hosts.empty()) {
        settings = co_await with_addresses(target);
    }
    auto handle = co_await log_in(target, std::move(settings));
    if (PQsetnonblocking(handle.get(), 1) != 0 || PQenterPipelineMode(handle.get()) == 0) {
        fail(lost_fault(*handle));
    }
    std::unique_ptr<BackendConnection> connection =
        std::make_unique<Connection>(std::move(handle), target->cache);
    co_return connection;
}

class PostgreSQLDriver final : public Driver {
public:
    PostgreSQLDriver(const DatabaseURL& url, const ConnectionOptions& options)
        : target_{target_of(url, options)},
          depth_{std::max<std::size_t>(options.pipeline, 1)} {}

    [[nodiscard]] std::string_view name() const noexcept override { return "PostgreSQL"; }
    [[nodiscard]] std::size_t depth() const noexcept override { return depth_; }
    [[nodiscard]] bool keeps_failed_transactions() const noexcept override { return true; }
    [[nodiscard]] Future<std::unique_ptr<BackendConnection>> connect() override {
        return open(target_);
    }

private:
    std::shared_ptr<const Target> target_;
    std::size_t depth_;
};

}  // namespace

std::unique_ptr<Driver>
make_postgresql_driver(const DatabaseURL& url, const ConnectionOptions& options) {
    return std::make_unique<PostgreSQLDriver>(url, options);
}

}  // namespace tornado::database
