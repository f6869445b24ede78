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
    /// Ends it in good order, with or without warning; starts it again, at the same address.
    void stop(const std::string& name) { command("stop", name); }
    void kill(const std::string& name) { command("kill", name); }
    void start(const std::string& name) { command("start", name); }

private:
    struct Script;
    void command(const std::string& verb, const std::string& name);

    std::map<std::string, std::unique_ptr<Script>> scripts_;
    std::map<std::string, Server> servers_;
};
