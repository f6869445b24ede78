// What a large download costs the client in time and memory, beside plain recv of the same bytes.
//
//     download_bench [--rounds=N] [--megabytes=N] [--with=callback|stream|chunks]
//
// A child process sends, to whoever asks, a response of so many MiB (1024), which our side takes
// with a streaming_callback, by ResponseStream::read(), or with a callback and in chunks. In each
// round (5) both sides take one. Prints a line "download", our milliseconds, plain ones, and the
// most memory in KiB that ours held beyond what it held before, separated by tabs; numbers within
// by spaces.
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

enum class Way { callback, stream, chunks };
Way way = Way::callback;
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
    const std::string data(256 * 1024, 'd');
    const bool chunked = way == Way::chunks;
    const auto block = chunked ? "40000\r\n" + data + "\r\n" : data;
    const auto all = size / data.size() * block.size();
    const auto head =
        std::string{"HTTP/1.1 200 OK\r\n"} +
        (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + std::to_string(size)) +
        "\r\n\r\n";
    while (true) {
        const int fd = ::accept(listener, nullptr, nullptr);
        std::string request(4096, '\0');
        static_cast<void>(::recv(fd, request.data(), request.size(), 0));
        bool good = ::send(fd, head.data(), head.size(), MSG_NOSIGNAL) > 0;
        for (std::uint64_t come = 0; good && come != all;) {
            const auto from = static_cast<std::size_t>(come % block.size());
            const auto sent = ::send(fd, block.data() + from, block.size() - from, MSG_NOSIGNAL);
            good = sent > 0;
            come += good ? static_cast<std::uint64_t>(sent) : 0;
        }
        if (good && chunked) {
            static_cast<void>(::send(fd, "0\r\n\r\n", 5, MSG_NOSIGNAL));
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

tornado::Future<void> read_all(
    httpclient::AsyncHTTPClient& client,
    const httpclient::HTTPRequest& request,
    std::uint64_t& come
) {
    auto response = co_await client.stream(request);
    for (auto piece = co_await response.read(); !piece.empty(); piece = co_await response.read()) {
        come += piece.size();
    }
}

void take_with_client(tornado::ioloop::IOLoop& loop, int port) {
    httpclient::HTTPClientOptions options;
    options.max_body_size = size;
    httpclient::AsyncHTTPClient client{httpclient::force_instance, options};
    httpclient::HTTPRequest request{"http://127.0.0.1:" + std::to_string(port) + "/"};
    std::uint64_t come = 0;
    request.request_timeout(std::chrono::seconds{0});
    if (way == Way::stream) {
        loop.run_sync([&] { return read_all(client, request, come); });
    } else {
        request.streaming_callback([&](std::string_view piece) { come += piece.size(); });
        loop.run_sync([&] { return client.fetch(request); });
    }
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
        } else if (argument == "--with=callback" || argument == "--with=stream" || argument == "--with=chunks") {
            way = value == "chunks" ? Way::chunks : value == "stream" ? Way::stream : Way::callback;
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
