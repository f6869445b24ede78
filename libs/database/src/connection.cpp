#include "tornado/database/connection.hpp"

#include <algorithm>

#include "pool.hpp"
#include "transaction_state.hpp"

namespace tornado::database {

namespace {

[[noreturn]] void refuse(std::string_view name, const std::string& why) {
    throw InterfaceError{"no database is named by " + std::string{name} + ": " + why};
}

/// What stands before anything that may be a password, in a name that is malformed.
std::string_view without_secrets(std::string_view url) {
    const auto end = std::min(url.find("://"), url.find('?'));
    const bool may_name_user = end == url.npos && url.find('@') != url.npos;
    return url.substr(0, may_name_user ? url.find(':') : end);
}

[[maybe_unused, noreturn]] void was_left_out(const char* name, const char* package) {
    throw InterfaceError{
        std::string{"this program was built without "} + name + ": install " + package +
        " and build it again"};
}

std::unique_ptr<Driver> make_driver(const DatabaseURL& url, const ConnectionOptions& options) {
    switch (url.scheme) {
        case Scheme::sqlite:
            return make_sqlite_driver(url, options);
        case Scheme::postgresql:
#ifdef TORNADO_HAS_LIBPQ
            return make_postgresql_driver(url, options);
#else
            was_left_out("PostgreSQL", "libpq-dev");
#endif
        case Scheme::mysql:
#ifdef TORNADO_HAS_MARIADB
            return make_mariadb_driver(url, options);
#else
            was_left_out("MariaDB", "libmariadb-dev");
#endif
    }
    return nullptr;
}

std::shared_ptr<Pool> make_pool(std::string_view name, const ConnectionOptions& options) {
    auto url = parse_database_url(name);
    if (url.has_error()) {
        refuse(without_secrets(name), url.error().message());
    }
    if (options.size == 0 || options.pipeline == 0) {
        throw InterfaceError{"ConnectionOptions: size and pipeline are at least 1"};
    }
    auto driver = make_driver(*url, options);
    return std::make_shared<Pool>(std::move(*url), options, std::move(driver));
}

/// Settled by whoever grants or refuses a lease; cancelled when nobody does.
struct LeasePromise : Promise<std::shared_ptr<Lease>> {
    LeasePromise() = default;
    LeasePromise(const LeasePromise&) = delete;
    LeasePromise& operator=(const LeasePromise&) = delete;
    ~LeasePromise() {
        if (!done()) {
            set_cancelled();
        }
    }
};

/// A connection of its own.
Future<std::shared_ptr<Lease>> lease_of(Pool& pool) {
    const auto promise = std::make_shared<LeasePromise>();
    auto granted = [promise](std::shared_ptr<Lease> lease) {
        promise->set_result(std::move(lease));
    };
    auto refused = [promise](std::exception_ptr error) {
        promise->set_exception(std::move(error));
    };
    auto request = std::make_unique<LeaseRequest>(pool, std::move(granted), std::move(refused));
    promise->on_cancel([&pool, waiting = request.get()] { pool.leave_line(*waiting); });
    auto future = promise->future();
    pool.lease(std::move(request));
    return future;
}

Future<Transaction> begin_on(std::shared_ptr<Pool> pool) {
    auto lease = co_await lease_of(*pool);
    const auto state = std::make_shared<TransactionState>(std::move(lease));
    Transaction transaction{state};
    co_await TransactionState::begin(state);
    co_return transaction;
}

}  // namespace

Connection::Connection(std::string_view url, const ConnectionOptions& options)
    : Queries{make_pool(url, options)},
      pool_{std::static_pointer_cast<Pool>(target())} {}

Connection::~Connection() {
    close();
}

Future<Transaction> Connection::begin() {
    return begin_on(pool_);
}

void Connection::close() noexcept {
    if (pool_ != nullptr) {
        pool_->close();
    }
}

void Connection::reconnect() {
    pool_->reconnect();
}

std::size_t Connection::open_connections() const noexcept {
    return pool_->open_connections();
}

std::size_t Connection::waiting() const noexcept {
    return pool_->waiting();
}

std::string Connection::to_string() const {
    return pool_->name();
}

}  // namespace tornado::database
