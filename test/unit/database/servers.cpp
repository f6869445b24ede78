#include "servers.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <vector>

extern char** environ;  // NOLINT(readability-redundant-declaration)

/// One run of servers.py, and the pipes to it and from it.
struct Servers::Script {
    explicit Script(const std::string& name);
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;
    ~Script() {
        std::fclose(to);  // which ends it
        std::fclose(from);
        ::waitpid(pid, nullptr, 0);
    }
    /// Without its end; what it says last may be nothing.
    [[nodiscard]] std::string read_line() const {
        std::string line;
        for (int c = std::fgetc(from); c != EOF && c != '\n'; c = std::fgetc(from)) {
            line.push_back(static_cast<char>(c));
        }
        return line;
    }

    pid_t pid = -1;
    std::FILE* to = nullptr;
    std::FILE* from = nullptr;
};

Servers::Script::Script(const std::string& name) {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
        throw std::system_error{errno, std::system_category(), "pipe2"};
    }
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    std::string words[] = {"python3", "-B", TEST_DATABASE_SERVERS, TEST_DATABASE_FOLDER, name};
    std::array<char*, 6> arguments{};
    for (std::size_t i = 0; i < std::size(words); ++i) {
        arguments[i] = words[i].data();
    }
    const int failed =
        ::posix_spawn(&pid, "/usr/bin/python3", &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(input[0]);
    ::close(output[1]);
    if (failed != 0) {
        throw std::system_error{failed, std::system_category(), "python3"};
    }
    to = ::fdopen(input[1], "w");
    from = ::fdopen(output[0], "r");
}

Servers& Servers::instance() {
    static Servers servers;
    return servers;
}

namespace {

/// Without starting anything, as this is asked before any test runs.
bool is_installed(const std::string& name) {
    namespace fs = std::filesystem;
    std::vector<fs::path> places;
    std::error_code ignored;
    std::string program = "mariadbd";
    if (name == "postgresql-pooled") {
        program = "pgbouncer";
    } else if (name == "postgresql") {
        program = "initdb";
        for (const auto& version : fs::directory_iterator{"/usr/lib/postgresql", ignored}) {
            places.push_back(version.path() / "bin/initdb");
        }
    }
    const auto* const path = std::getenv("PATH");
    std::istringstream folders{(path != nullptr ? path : "") + std::string{":/usr/sbin"}};
    for (std::string folder; std::getline(folders, folder, ':');) {
        places.push_back(fs::path{folder} / program);
    }
    return std::ranges::any_of(places, [](const auto& place) {
        std::error_code failure;
        return fs::exists(place, failure);
    });
}

}  // namespace

bool Servers::is_wanted(const std::string& name) {
    const auto* const only = std::getenv("TORNADO_TEST_DATABASE");
    if (only != nullptr && only != name) {
        return false;
    }
    static std::map<std::string, bool> known{{"sqlite", true}};
    const auto [place, is_new] = known.try_emplace(name);
    if (is_new) {
        place->second = is_installed(name);
        if (!place->second) {
            const std::map<std::string, const char*> packages{
                {"mariadb", "mariadb-server"}, {"postgresql-pooled", "pgbouncer"}};
            const auto found = packages.find(name);
            const char* const package = found == packages.end() ? "postgresql" : found->second;
            std::fprintf(stderr, "skipped '%s' is not installed.\n", package);
        }
    }
    return place->second;
}

Servers::Servers() = default;
Servers::~Servers() = default;

const Servers::Server& Servers::get(const std::string& name) {
    if (const auto found = servers_.find(name); found != servers_.end()) {
        return found->second;
    }
    auto script = std::make_unique<Script>(name);
    const auto line = script->read_line();
    std::istringstream words{line};
    std::string its;
    std::string state;
    Server server;
    words >> its >> state;
    if (state == "ready") {
        words >> server.url >> server.socket_url >> server.folder;
    } else if (state == "missing") {
        words >> server.missing;
    } else {
        throw std::runtime_error{"no server: " + line};
    }
    scripts_.emplace(name, std::move(script));
    return servers_.emplace(name, std::move(server)).first->second;
}

void Servers::command(const std::string& verb, const std::string& name) {
    const auto& script = *scripts_.at(name);
    std::fputs((verb + " " + name + "\n").c_str(), script.to);
    std::fflush(script.to);
    if (const auto answer = script.read_line(); answer != "done") {
        throw std::runtime_error{verb + " " + name + ": " + answer};
    }
}
