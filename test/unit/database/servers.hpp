#pragma once

#include <map>
#include <memory>
#include <string>

/// The real database servers of this test program, which servers.py runs: each starts when it is
/// first asked for, and ends with the program, however that ends.
class Servers {
public:
    struct Server {
        std::string url;         ///< over TCP, with a password
        std::string socket_url;  ///< over a UNIX socket
        std::string folder;      ///< where certificates are
        std::string missing;     ///< the package to install when there is no such server here
    };

    static Servers& instance();
    /// Whether tests run on it: it is here, and it is the one that TORNADO_TEST_DATABASE names, if
    /// that names one. sqlite is always here.
    [[nodiscard]] static bool is_wanted(const std::string& name);
    Servers();
    Servers(const Servers&) = delete;
    Servers& operator=(const Servers&) = delete;
    ~Servers();

    /// `name` is postgresql or mariadb, one of these with -tls, which has certificates as
    /// servers.py says, postgresql-standby, or postgresql-pooled. Throws std::runtime_error when it
    /// is there, but fails.
    const Server& get(const std::string& name);
    /// `verb` is stop (in good order), kill (without warning), start (again, at the same address),
    /// freeze (it answers nothing more) or thaw. It waits until that is done; it may be called from
    /// any thread.
    void command(const std::string& verb, const std::string& name);

private:
    struct Script;

    std::map<std::string, std::unique_ptr<Script>> scripts_;
    std::map<std::string, Server> servers_;
};
