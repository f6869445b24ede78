#include <stdexcept>

#include "backends.hpp"
#include "servers.hpp"
#ifdef TORNADO_HAS_LIBPQ
#include <libpq-fe.h>
#endif
#ifdef TORNADO_HAS_MARIADB
#include <mysql.h>
#endif

// Databases are made by the servers' own clients, in the usual way, which waits.

namespace {

std::string next_name() {
    static int count = 0;
    return "test" + std::to_string(++count);
}

}  // namespace

#ifdef TORNADO_HAS_LIBPQ
namespace {

/// A schema of its own.
class PostgreSQLBackend final : public Backend {
public:
    PostgreSQLBackend() {
        const auto& server = Servers::instance().get("postgresql");
        const std::unique_ptr<PGconn, void (*)(PGconn*)> connection{
            PQconnectdb(server.socket_url.c_str()), &PQfinish};
        const std::unique_ptr<PGresult, void (*)(PGresult*)> result{
            PQexec(connection.get(), ("CREATE SCHEMA " + name_).c_str()), &PQclear};
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
            throw std::runtime_error{PQerrorMessage(connection.get())};
        }
        url_ = server.url + "?options=-c%20search_path%3D" + name_;
    }

    [[nodiscard]] std::string url() const override { return url_; }
    [[nodiscard]] std::string serial() const override { return "serial primary key"; }
    [[nodiscard]] std::string blob() const override { return "bytea"; }
    [[nodiscard]] std::string endless() const override {
        return "SELECT 1 AS n FROM pg_sleep(1000000)";
    }
    [[nodiscard]] std::string series(int count) const override {
        return "SELECT generate_series(1, " + std::to_string(count) + ") AS n";  // as they are read
    }
    [[nodiscard]] std::string duplicate_key() const override { return "23505"; }
    [[nodiscard]] bool tells_row_ids() const override { return false; }

private:
    std::string name_ = next_name();
    std::string url_;
};

}  // namespace

std::unique_ptr<Backend> make_postgresql_backend() {
    return std::make_unique<PostgreSQLBackend>();
}
#endif

#ifdef TORNADO_HAS_MARIADB
namespace {

class MariaDBBackend final : public Backend {
public:
    MariaDBBackend() {
        const auto& server = Servers::instance().get("mariadb");
        const auto before_path = server.url.rfind('/');
        const auto before_port = server.url.rfind(':');
        const auto port = std::stoul(server.url.substr(before_port + 1));
        const std::unique_ptr<MYSQL, void (*)(MYSQL*)> connection{
            mysql_init(nullptr), &mysql_close};
        const auto sql = "CREATE DATABASE " + name_ + " CHARACTER SET utf8mb4";
        const auto* const connected = mysql_real_connect(
            connection.get(),
            "127.0.0.1",
            "tornado",
            "s3cret/@:",
            "test",
            static_cast<unsigned>(port),
            nullptr,
            0
        );
        if (connected == nullptr || mysql_query(connection.get(), sql.c_str()) != 0) {
            throw std::runtime_error{mysql_error(connection.get())};
        }
        url_ = server.url.substr(0, before_path + 1) + name_;
    }

    [[nodiscard]] std::string url() const override { return url_; }
    [[nodiscard]] std::string serial() const override { return "int auto_increment primary key"; }
    [[nodiscard]] std::string endless() const override {
        return "SELECT count(*) AS n FROM seq_1_to_100000000000 WHERE seq % 7 = 8";
    }
    [[nodiscard]] std::string series(int count) const override {
        return "SELECT seq AS n FROM seq_1_to_" + std::to_string(count);
    }
    [[nodiscard]] std::string duplicate_key() const override { return "1062"; }

private:
    std::string name_ = next_name();
    std::string url_;
};

}  // namespace

std::unique_ptr<Backend> make_mariadb_backend() {
    return std::make_unique<MariaDBBackend>();
}
#endif
