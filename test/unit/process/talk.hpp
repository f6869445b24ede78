#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../temporary_folder.hpp"

/// As careful editors save: the new text lies beside the old, then takes its place.
inline void save_by_rename(const std::string& path, const std::string& text) {
    write_file(path + ".new", text);
    std::filesystem::rename(path + ".new", path);
}

/// A program under test, and the lines that it and its children write to stdout and stderr.
///
/// Its end comes with the object's, or with close_input() if it cares.
class Talk {
public:
    using Environment = std::map<std::string, std::string>;

    explicit Talk(std::vector<std::string> args, const Environment& environment = {}) {
        int in[2];
        int out[2];
        BOOST_REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
        BOOST_REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
        auto variables = with_own(environment);
        const int error = ::posix_spawn(
            &pid_,
            args.front().c_str(),
            &actions,
            nullptr,
            pointers(args).data(),
            pointers(variables).data()
        );
        ::posix_spawn_file_actions_destroy(&actions);
        BOOST_REQUIRE_EQUAL(error, 0);
        ::close(in[0]);
        ::close(out[1]);
        input_ = in[1];
        output_ = out[0];
    }
    ~Talk() {
        if (pid_ > 0) {
            ::kill(pid_, SIGTERM);  // it may have children to end
            hear_out();
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        close_input();
        ::close(output_);
    }
    Talk(const Talk&) = delete;
    Talk& operator=(const Talk&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }

    void send(const std::string& line) const {
        const auto text = line + "\n";
        BOOST_REQUIRE(
            ::write(input_, text.data(), text.size()) == static_cast<ssize_t>(text.size())
        );
    }
    void close_input() {
        if (input_ >= 0) {
            ::close(std::exchange(input_, -1));
        }
    }
    /// The next line that contains `text`; those before it are skipped.
    std::string hear(const std::string& text) {
        while (true) {
            auto line = next_line();
            if (!line) {
                BOOST_FAIL("it ended without saying \"" + text + "\", but:\n" + heard_);
            }
            if (line->find(text) != line->npos) {
                return *line;
            }
        }
    }
    /// Sends a command, and waits until it is done.
    void tell(const std::string& command) {
        send(command);
        hear("ok");
    }
    /// Sends a command, and gives the line that answers it.
    std::string ask(const std::string& command) {
        send(command);
        auto answer = next_line().value_or("");
        hear("ok");
        return answer;
    }
    /// All that has been heard.
    [[nodiscard]] const std::string& heard() const { return heard_; }
    /// Hears it out, and gives its exit status, or minus the signal that killed it.
    int join() {
        while (next_line()) {
        }
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    static std::vector<std::string> with_own(Environment environment) {
        for (auto** variable = ::environ; *variable != nullptr; ++variable) {
            const std::string text = *variable;
            const auto equals = text.find('=');
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
        std::vector<std::string> variables;
        for (const auto& [name, value] : environment) {
            variables.push_back(name + "=" + value);
        }
        return variables;
    }
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> all;
        for (auto& text : texts) {
            all.push_back(text.data());
        }
        all.push_back(nullptr);
        return all;
    }

    void hear_out() const {
        pollfd ready{output_, POLLIN, 0};
        constexpr int long_enough = 10'000;
        char buffer[4096];
        while (::poll(&ready, 1, long_enough) > 0 && ::read(output_, buffer, sizeof buffer) > 0) {
        }
    }

    std::optional<std::string> next_line() {
        auto end = unread_.find('\n');
        while (end == unread_.npos) {
            pollfd ready{output_, POLLIN, 0};
            constexpr int much_too_long = 60'000;  // only a test that hangs ever gets there
            if (::poll(&ready, 1, much_too_long) <= 0) {
                BOOST_FAIL("it is silent, after:\n" + heard_);
            }
            char buffer[4096];
            const auto size = ::read(output_, buffer, sizeof buffer);
            if (size <= 0) {
                return std::nullopt;
            }
            unread_.append(buffer, static_cast<std::size_t>(size));
            heard_.append(buffer, static_cast<std::size_t>(size));
            end = unread_.find('\n');
        }
        auto line = unread_.substr(0, end);
        unread_.erase(0, end + 1);
        return line;
    }

    pid_t pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::string unread_;
    std::string heard_;
};
