#include "backend.hpp"
#include "mariadb_connect.hpp"
#include "mariadb_connection.hpp"

namespace tornado::database {

namespace {

Future<std::unique_ptr<BackendConnection>> open(std::shared_ptr<const mariadb::Target> target) {
    auto session = co_await mariadb::connect(target);
    std::unique_ptr<BackendConnection> connection =
        std::make_unique<mariadb::Connection>(std::move(session), target);
    co_return connection;
}

class MariaDBDriver final : public Driver {
public:
    MariaDBDriver(const DatabaseURL& url, const ConnectionOptions& options)
        : target_{mariadb::target_of(url, options)} {}

    [[nodiscard]] std::string_view name() const noexcept override { return "MariaDB"; }
    [[nodiscard]] Future<std::unique_ptr<BackendConnection>> connect() override {
        return open(target_);
    }

private:
    std::shared_ptr<const mariadb::Target> target_;
};

}  // namespace

std::unique_ptr<Driver>
make_mariadb_driver(const DatabaseURL& url, const ConnectionOptions& options) {
    return std::make_unique<MariaDBDriver>(url, options);
}

}  // namespace tornado::database
