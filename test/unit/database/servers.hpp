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
        std::string missing;     ///< the package to install when there is no such server here
    };

    static Servers& instance();
    Servers();
    Servers(const Servers&) = delete;
    Servers& operator=(const Servers&) = delete;
    ~Servers();

    /// `name` is postgresql or mariadb. Throws std::runtime_error when it is there, but fails.
    const Server& get(const std::string& name);
    /// `verb` is stop (in good order), kill (without warning) or start (again, at the same
    /// address). It waits until that is done; it may be called from any thread.
    void command(const std::string& verb, const std::string& name);

private:
    struct Script;

    std::map<std::string, std::unique_ptr<Script>> scripts_;
    std::map<std::string, Server> servers_;
};
