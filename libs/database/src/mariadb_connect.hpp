#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "database_url.hpp"
#include "mariadb_session.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/database/options.hpp"

namespace tornado::database::mariadb {

/// A place and how to connect to it.
struct Target {
    std::string user;
    std::string password;
    std::string database;
    std::string host;    ///< a name or an address
    std::string socket;  ///< the path of one, instead
    std::uint16_t port = 3306;
    bool looks_up = false;  ///< the host is a name
    bool compress = false;
    std::optional<bool> verify;  ///< that the server's certificate is one for this host
    std::optional<bool> tls;
    std::string ca;
    std::string capath;
    std::string cert;
    std::string key;
    std::string cipher;
    std::size_t cache = 0;
    std::chrono::seconds patience{0};  ///< with each step of connecting on a thread
};

/// Throws InterfaceError for a URL that it cannot use.
[[nodiscard]] std::shared_ptr<const Target>
target_of(const DatabaseURL& url, const ConnectionOptions& options);

/// Connects, and makes the session as those of other databases are: Unicode, strict about values,
/// and in UTC. Fails with ConnectFault. Cancellation: at once.
[[nodiscard]] Future<std::shared_ptr<Session>> connect(std::shared_ptr<const Target> target);

}  // namespace tornado::database::mariadb
