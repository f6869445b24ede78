// What a large download costs the client in time and memory, beside plain recv of the same bytes.
//
//     download_bench [--rounds=N] [--megabytes=N]
//
// A child process sends, to whoever asks, a response of so many MiB (1024). In each round (5) both
// sides take one. Prints a line "download", our milliseconds, plain ones, and the most memory in
// KiB that ours held beyond what it held before, separated by tabs; numbers within by spaces.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tornado/httpclient.hpp>
#include <tornado/ioloop.hpp>
#include <vector>

namespace {

namespace httpclient = tornado::httpclient;
using Clock = std::chrono::steady_clock;

int rounds = 5;
std::uint64_t size = std::uint64_t{1024} << 20U;

int listen_somewhere(int& port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
        ::listen(fd, 16) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        throw std::runtime_error{"cannot listen"};
    }
    port = ntohs(address.sin_port);
    return fd;
}

/// Sends one response to each connection, until it is killed.
[[noreturn]] void serve(int listener) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string block(256 * 1024, 'd');
    const auto head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    while (true) {
        const int fd = ::accept(listener, nullptr, nullptr);
        std::string request(4096, '\0');
        static_cast<void>(::recv(fd, request.data(), request.size(), 0));
        bool good = ::send(fd, head.data(), head.size(), MSG_NOSIGNAL) > 0;
        for (std::uint64_t left = size; good && left != 0;) {
            const auto piece =
                static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
            const auto sent = ::send(fd, block.data(), piece, MSG_NOSIGNAL);
            good = sent > 0;
            left -= good ? static_cast<std::uint64_t>(sent) : 0;
        }
        ::close(fd);
    }
}

void take_plainly(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error{"cannot connect"};
    }
    constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    static_cast<void>(::send(fd, request.data(), request.size(), MSG_NOSIGNAL));
    std::vector<char> input(64 * 1024);
    std::uint64_t come = 0;
    while (true) {
        const auto got = ::recv(fd, input.data(), input.size(), 0);
        if (got <= 0) {
            break;
        }
        come += static_cast<std::uint64_t>(got);
    }
    ::close(fd);
    if (come < size) {
        throw std::runtime_error{"the plain side got too little"};
    }
}

void take_with_client(tornado::ioloop::IOLoop& loop, int port) {
    httpclient::HTTPClientOptions options;
    options.max_body_size = size;
    httpclient::AsyncHTTPClient client{httpclient::force_instance, options};
    httpclient::HTTPRequest request{"http://127.0.0.1:" + std::to_string(port) + "/"};
    std::uint64_t come = 0;
    request.request_timeout(std::chrono::seconds{0});
    request.streaming_callback([&](std::string_view piece) { come += piece.size(); });
    loop.run_sync([&] { return client.fetch(request); });
    if (come != size) {
        throw std::runtime_error{"our side got too little"};
    }
}

/// In KiB.
long peak_memory() {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) {
            return std::stol(line.substr(6));
        }
    }
    return 0;
}

template <typename F>
double milliseconds(F run) {
    const auto began = Clock::now();
    run();
    return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

std::string joined(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) {
        text += (text.empty() ? "" : " ") + std::to_string(value);
    }
    return text;
}

void read_arguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument{argv[i]};
        const auto value = argument.substr(std::min(argument.find('=') + 1, argument.size()));
        int number = 0;
        std::from_chars(value.data(), value.data() + value.size(), number);
        if (argument.starts_with("--rounds=")) {
            rounds = number;
        } else if (argument.starts_with("--megabytes=")) {
            size = static_cast<std::uint64_t>(number) << 20U;
        } else {
            throw std::runtime_error{"what is " + std::string{argument} + "?"};
        }
    }
}

void run(int port) {
    tornado::ioloop::IOLoop loop;
    std::vector<double> ours;
    std::vector<double> plain;
    const long before = peak_memory();
    take_with_client(loop, port);  // warms both up
    const long growth = peak_memory() - before;
    for (int round = 0; round < rounds; ++round) {
        const bool we_begin = round % 2 == 0;
        for (const bool us : {we_begin, !we_begin}) {
            (us ? ours : plain).push_back(milliseconds([&] {
                if (us) {
                    take_with_client(loop, port);
                } else {
                    take_plainly(port);
                }
            }));
        }
    }
    std::printf("download\t%s\t%s\t%ld\n", joined(ours).c_str(), joined(plain).c_str(), growth);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        read_arguments(argc, argv);
        int port = 0;
        const int listener = listen_somewhere(port);
        const auto child = ::fork();
        if (child == 0) {
            serve(listener);
        }
        ::close(listener);
        run(port);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "download_bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
