#include "mariadb_connect.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "backend.hpp"
#include "mariadb_fault.hpp"
#include "saturated.hpp"
#include "silence.hpp"
#include "tornado/database/errors.hpp"
#include "tornado/iostream/resolver.hpp"

namespace tornado::database::mariadb {

namespace {

bool truth(const std::string& word, const std::string& value) {
    if (value == "1" || value == "true") {
        return true;
    }
    if (value == "0" || value == "false") {
        return false;
    }
    throw InterfaceError{
        "the option " + word + " of a mysql URL is true or false, and not \"" + value + "\""};
}

/// Those of the client programs, by their names.
void take_option(Target& target, const std::string& word, const std::string& value) {
    const std::pair<std::string_view, std::string Target::*> texts[] = {
        {"ssl-ca", &Target::ca},
        {"ssl-capath", &Target::capath},
        {"ssl-cert", &Target::cert},
        {"ssl-key", &Target::key},
        {"ssl-cipher", &Target::cipher},
    };
    for (const auto& [name, member] : texts) {
        if (word == name) {
            target.*member = value;
            target.tls = target.tls.value_or(true);
            return;
        }
    }
    if (word == "ssl") {
        target.tls = truth(word, value);
    } else if (word == "ssl-verify-server-cert") {
        target.verify = truth(word, value);
    } else if (word == "compress") {
        target.compress = truth(word, value);
    } else {
        throw InterfaceError{
            "a mysql URL has no option " + word +
            ": there are ssl, ssl-ca, ssl-capath, ssl-cert, "
            "ssl-key, ssl-cipher, ssl-verify-server-cert and compress"};
    }
}

const char* or_null(const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
}

bool wants_tls(const Target& target) {
    return target.tls.value_or(*target.verify);
}

void prepare(MYSQL* handle, const Target& target) {
    const auto set = [handle](mysql_option option, const void* value) {
        mysql_optionsv(handle, option, value);
    };
    const my_bool yes = 1;
    const unsigned no = 0;
    set(MYSQL_SET_CHARSET_NAME, "utf8mb4");
    set(MYSQL_INIT_COMMAND, "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL', autocommit = 1");
    set(MYSQL_OPT_LOCAL_INFILE, &no);  // or the server could ask for any file of ours
    if (!target.host.empty()) {        // "localhost" would be a socket
        const unsigned tcp = MYSQL_PROTOCOL_TCP;
        set(MYSQL_OPT_PROTOCOL, &tcp);
    }
    if (target.compress) {
        set(MYSQL_OPT_COMPRESS, nullptr);
    }
#if MARIADB_PACKAGE_VERSION_ID >= 30300
    if (!*target.verify && target.socket.empty()) {
        // All but those by which anybody who answers is told the password as it is.
        set(MARIADB_OPT_RESTRICTED_AUTH,
            "mysql_native_password,client_ed25519,parsec,auth_gssapi_client,caching_sha2_password,"
            "sha256_password");
    }
#endif
    if (wants_tls(target)) {
        mysql_ssl_set(
            handle,
            or_null(target.key),
            or_null(target.cert),
            or_null(target.ca),
            or_null(target.capath),
            or_null(target.cipher)
        );
        set(MYSQL_OPT_SSL_ENFORCE, &yes);
        if (*target.verify) {
            set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
        }
    }
}

/// A thread cannot be called back: it has to give up by itself.
void limit_time(MYSQL* handle, const Target& target) {
    const auto seconds = static_cast<unsigned>(target.patience.count());
    for (const auto option :
         {MYSQL_OPT_CONNECT_TIMEOUT, MYSQL_OPT_READ_TIMEOUT, MYSQL_OPT_WRITE_TIMEOUT}) {
        mysql_optionsv(handle, option, &seconds);
    }
}

/// What a blocking call has connected blocks: all queries would keep the loop waiting. The limits
/// of its time end with that, as Session reports none as over.
void make_nonblocking(MYSQL* handle) {
    const auto fd = static_cast<int>(mysql_get_socket(handle));
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/// Of sockets that are no TCP nothing of this holds, nor is it needed.
void notice_silence(MYSQL* handle) {
    const auto fd = static_cast<int>(mysql_get_socket(handle));
    const auto set = [fd](int level, int option, int value) {
        ::setsockopt(fd, level, option, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, silence::keepalive_idle);
    set(IPPROTO_TCP, TCP_KEEPINTVL, silence::keepalive_interval);
    set(IPPROTO_TCP, TCP_KEEPCNT, silence::keepalive_count);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, silence::user_timeout);
}

/// As for UPDATE the other databases count the rows that were found, also if nothing changed.
constexpr unsigned long flags = CLIENT_FOUND_ROWS | CLIENT_MULTI_RESULTS;

[[noreturn]] void fail(Fault fault) {
    throw ConnectFault{std::move(fault)};
}

/// libmariadb would look the name up itself, and block the loop.
Future<std::vector<std::string>> addresses_of(std::shared_ptr<const Target> target) {
    std::vector<std::string> addresses;
    std::string error;
    try {
        const auto resolver = netutil::Resolver::make();
        const auto found = co_await resolver->resolve(target->host, target->port);
        for (const auto& address : found) {
            addresses.push_back(address.host());
        }
    } catch (const std::exception& failure) {
        error = failure.what();
    }
    if (!error.empty()) {
        Fault fault;
        fault.text = error;
        fault.lost = true;
        fail(std::move(fault));
    }
    co_return addresses;
}

/// On a thread, which libmariadb may block: it compares the server's certificate with the name that
/// it has looked up itself.
Future<MYSQL*>
connect_on_thread(std::shared_ptr<Session> session, std::shared_ptr<const Target> target) {
    return ioloop::IOLoop::current().run_in_executor(
        [](const std::shared_ptr<Session>& its, const std::shared_ptr<const Target>& to) {
            return mysql_real_connect(
                its->handle(),
                to->host.c_str(),
                or_null(to->user),
                or_null(to->password),
                to->database.c_str(),
                to->port,
                nullptr,
                flags
            );
        },
        std::move(session),
        std::move(target)
    );
}

Future<MYSQL*> connect_here(
    std::shared_ptr<Session> session,
    std::shared_ptr<const Target> target,
    std::string host
) {
    auto* const handle = session->handle();
    co_return co_await Session::call<&mysql_real_connect_start, &mysql_real_connect_cont, MYSQL*>(
        session,
        handle,
        or_null(host),
        or_null(target->user),
        or_null(target->password),
        target->database.c_str(),
        static_cast<unsigned>(target->port),
        or_null(target->socket),
        flags
    );
}

}  // namespace

std::shared_ptr<const Target> target_of(const DatabaseURL& url, const ConnectionOptions& options) {
    if (url.database.empty()) {
        throw InterfaceError{"the URL of a MariaDB names no database: " + url.to_string()};
    }
    auto target = std::make_shared<Target>();
    target->user = url.user;
    target->password = url.password;
    target->database = url.database;
    if (url.host.starts_with('/')) {
        target->socket = url.host;
    } else if (!url.host.empty()) {
        target->host = url.host;
        target->looks_up = !netutil::is_valid_ip(url.host);
    }
    if (url.port != 0) {
        target->port = url.port;
    }
    for (const auto& [word, value] : url.options) {
        take_option(*target, word, value);
    }
    // Who names an authority wants to know whom it has signed for.
    target->verify = target->verify.value_or(!target->ca.empty() || !target->capath.empty());
    if (*target->verify && !target->tls.value_or(true)) {
        throw InterfaceError{
            "a mysql URL without ssl cannot verify the server: leave out ssl=false, or "
            "ssl-verify-server-cert and ssl-ca"};
    }
    target->cache = options.statement_cache;
    target->patience = std::max(
        std::chrono::ceil<std::chrono::seconds>(saturated(options.connect_timeout)),
        std::chrono::seconds{1}
    );
    return target;
}

namespace {

/// Unless it verifies the server, libmariadb is content without TLS, whatever it is told.
void require_tls(Session& session, const Target& target) {
    if (wants_tls(target) && mysql_get_ssl_cipher(session.handle()) == nullptr) {
        Fault fault;
        fault.text = "the server does not support TLS, which the URL asks for";
        fail(std::move(fault));
    }
}

}  // namespace

Future<std::shared_ptr<Session>> connect(std::shared_ptr<const Target> target) {
    const bool on_thread = *target->verify && target->looks_up;
    std::vector<std::string> hosts{target->host};
    if (target->looks_up && !on_thread) {
        hosts = co_await addresses_of(target);
    }
    Fault fault;
    for (const auto& host : hosts) {
        auto session = std::make_shared<Session>();
        prepare(session->handle(), *target);
        if (on_thread) {
            limit_time(session->handle(), *target);
        }
        auto connecting =
            on_thread ? connect_on_thread(session, target) : connect_here(session, target, host);
        const auto* const connected = co_await std::move(connecting);
        if (connected != nullptr) {
            make_nonblocking(session->handle());
            notice_silence(session->handle());
            require_tls(*session, *target);
            co_return session;
        }
        fault = connect_fault(session->handle());
        if (!nobody_is_there(fault)) {
            break;
        }
    }
    fail(std::move(fault));
}

}  // namespace tornado::database::mariadb
