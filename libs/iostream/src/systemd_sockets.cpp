#include "tornado/iostream/systemd_sockets.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace tornado::netutil {

namespace {

constexpr int first_descriptor = 3;  // sd_listen_fds(3): SD_LISTEN_FDS_START

struct Variables {
    std::string pid;
    std::string count;
    std::string names;
};

std::string take(const char* variable) {
    const char* const value = std::getenv(variable);
    std::string text{value != nullptr ? value : ""};
    ::unsetenv(variable);
    return text;
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || last != end || value < 0) {
        return std::nullopt;
    }
    return value;
}

/// The first name of a list with colons between them, which loses it.
std::string next_name(std::string_view& names) {
    const auto colon = names.find(':');
    std::string name{names.substr(0, colon)};
    names.remove_prefix(colon == names.npos ? names.size() : colon + 1);
    return name.empty() ? "unknown" : name;
}

void prepare(const PassedSocket& passed) {
    const int descriptor = passed.socket.fileno();
    const int flags = ::fcntl(descriptor, F_GETFL);
    int listens = 0;
    int type = 0;
    socklen_t size = sizeof listens;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
        ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || listens == 0 ||
        type != SOCK_STREAM) {
        throw std::runtime_error{
            "descriptor " + std::to_string(descriptor) + " (" + passed.name +
            "), passed by LISTEN_FDS, is no listening stream socket: say ListenStream= in the "
            "unit, without Accept="};
    }
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

}  // namespace

std::vector<PassedSocket> systemd_sockets() {
    const Variables variables{take("LISTEN_PID"), take("LISTEN_FDS"), take("LISTEN_FDNAMES")};
    if (variables.pid.empty() && variables.count.empty()) {
        return {};
    }
    const auto pid = number(variables.pid);
    const auto count = number(variables.count);
    if (!pid || !count || *count > std::numeric_limits<int>::max() - first_descriptor ||
        (*count > 0 && *count > ::sysconf(_SC_OPEN_MAX))) {
        throw std::runtime_error{
            "LISTEN_PID=" + variables.pid + " and LISTEN_FDS=" + variables.count +
            " do not tell which sockets were passed"};
    }
    if (*pid != ::getpid()) {
        return {};  // they are meant for a process that has started this one
    }
    std::vector<PassedSocket> passed;
    std::string_view names = variables.names;
    for (int i = 0; i < *count; ++i) {
        passed.push_back({next_name(names), Socket{first_descriptor + i}});
    }
    for (const auto& each : passed) {
        prepare(each);
    }
    return passed;
}

}  // namespace tornado::netutil
