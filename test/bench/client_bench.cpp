// What a fetch on a kept connection costs the client, beside a bare epoll client that sends and
// receives the same bytes and parses nothing: in nanoseconds of this process's CPU time.
//
//     client_bench --port=N [--rounds=N] [--fetches=N] [--concurrency=N] [--only=bare|tornado]
//     [--tsv]
//
// The server is raw_epoll on that port. In each round (11) both do as many fetches (40,000), so
// many at a time (64), the order turning round from one to the next; the verdict is the median of
// the rounds' ratios. With --tsv it prints a line "fetch", our figures, bare ones and allocations
// of a fetch, separated by tabs; numbers within by spaces.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tornado/http1connection/content_decoder.hpp>
#include <tornado/httpclient.hpp>
#include <tornado/ioloop.hpp>
#include <vector>

namespace {

constinit thread_local std::uint64_t allocations = 0;

}  // namespace

// Not inlined, or g++ takes them for a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* block = std::malloc(size)) {
        return block;
    }
    throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
    std::free(block);
}
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept {
    std::free(block);
}

namespace {

namespace httpclient = tornado::httpclient;
using tornado::Future;

int port = 0;
int rounds = 11;
int fetches = 40'000;
int concurrency = 64;
std::string_view only;
bool tsv = false;

double cpu_nanoseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// One send and one recv a fetch, and no more.
class BareClient {
public:
    BareClient() : epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
        request_ = "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                   "\r\nUser-Agent: Tornado/0.1.0\r\nAccept-Encoding: " +
                   std::string{tornado::http1connection::ContentDecoder::codings()} + "\r\n\r\n";
        for (int i = 0; i < concurrency; ++i) {
            connect();
        }
    }
    BareClient(const BareClient&) = delete;
    BareClient& operator=(const BareClient&) = delete;
    ~BareClient() {
        for (const int fd : sockets_) {
            ::close(fd);
        }
        ::close(epoll_);
    }

    void fetch(int count) {
        int begun = 0;
        int done = 0;
        for (const int fd : sockets_) {
            if (begun++ < count) {
                send(fd);
            }
        }
        begun = std::min(begun, count);
        std::array<epoll_event, 256> events;
        std::array<char, 65536> input;
        while (done < count) {
            const int ready = ::epoll_wait(epoll_, events.data(), events.size(), -1);
            for (int i = 0; i < ready; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                if (::recv(fd, input.data(), input.size(), 0) <= 0) {
                    throw std::runtime_error{"the server closed the connection"};
                }
                ++done;
                if (begun < count) {
                    ++begun;
                    send(fd);
                }
            }
        }
    }

private:
    void connect() {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error{"nobody listens on this port"};
        }
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
        sockets_.push_back(fd);
    }
    void send(int fd) const {
        if (::send(fd, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) {
            throw std::runtime_error{"the server takes no request"};
        }
    }

    int epoll_;
    std::string request_;
    std::vector<int> sockets_;
};

Future<void> fetch_in_turn(httpclient::AsyncHTTPClient& client, std::string url, int& left) {
    while (left > 0) {
        --left;
        const auto response = co_await client.fetch(url);
        if (response.code != 200) {
            throw std::runtime_error{"an unexpected response"};
        }
    }
}

Future<void> fetch_all(httpclient::AsyncHTTPClient& client, int count) {
    const auto url = "http://127.0.0.1:" + std::to_string(port) + "/";
    std::vector<Future<void>> all;
    for (int i = 0; i < concurrency; ++i) {
        all.push_back(fetch_in_turn(client, url, count));
    }
    for (const auto& each : all) {
        co_await each;
    }
}

struct Measured {
    double nanoseconds;  ///< for one fetch
    double allocations;
};

template <typename F>
Measured measure(F run) {
    const auto before = allocations;
    const auto began = cpu_nanoseconds();
    run();
    return {
        (cpu_nanoseconds() - began) / fetches, static_cast<double>(allocations - before) / fetches};
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

int number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

void read_arguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument{argv[i]};
        const auto value = argument.substr(std::min(argument.find('=') + 1, argument.size()));
        if (argument.starts_with("--port=")) {
            port = number(value);
        } else if (argument.starts_with("--rounds=")) {
            rounds = number(value);
        } else if (argument.starts_with("--fetches=")) {
            fetches = number(value);
        } else if (argument.starts_with("--concurrency=")) {
            concurrency = number(value);
        } else if (argument == "--tsv") {
            tsv = true;
        } else if (argument.starts_with("--only=")) {
            only = value;
        } else {
            throw std::runtime_error{"what is " + std::string{argument} + "?"};
        }
    }
}

void run() {
    tornado::ioloop::IOLoop loop;
    httpclient::HTTPClientOptions options;
    options.max_clients = static_cast<std::size_t>(concurrency);
    httpclient::AsyncHTTPClient client{httpclient::force_instance, options};
    BareClient bare;
    const auto tornado_side = [&] {
        return measure([&] { loop.run_sync([&] { return fetch_all(client, fetches); }); });
    };
    const auto bare_side = [&] { return measure([&] { bare.fetch(fetches); }); };
    if (!only.empty()) {
        const auto result = only == "bare" ? bare_side() : tornado_side();
        std::printf("%.0f ns, %.2f allocations\n", result.nanoseconds, result.allocations);
        return;
    }
    loop.run_sync([&] { return fetch_all(client, fetches / 10); });
    std::vector<double> ours;
    std::vector<double> theirs;
    std::vector<double> ratios;
    double allocated = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto first = round % 2 == 0 ? bare_side() : tornado_side();
        const auto second = round % 2 == 0 ? tornado_side() : bare_side();
        const auto& mine = round % 2 == 0 ? second : first;
        const auto& yardstick = round % 2 == 0 ? first : second;
        ours.push_back(mine.nanoseconds);
        theirs.push_back(yardstick.nanoseconds);
        ratios.push_back(mine.nanoseconds / yardstick.nanoseconds);
        allocated = mine.allocations;
    }
    if (tsv) {
        const auto joined = [](const std::vector<double>& values) {
            std::string text;
            for (const double value : values) {
                text += (text.empty() ? "" : " ") + std::to_string(value);
            }
            return text;
        };
        std::printf(
            "fetch\t%s\t%s\t%.3f\n", joined(ours).c_str(), joined(theirs).c_str(), allocated
        );
        return;
    }
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    std::printf(
        "a fetch: %.0f ns, bare %.0f ns, ratio %.2f (%.2f to %.2f), %.2f allocations\n",
        median(ours),
        median(theirs),
        median(ratios),
        *least,
        *most,
        allocated
    );
}

}  // namespace

int main(int argc, char** argv) {
    try {
        read_arguments(argc, argv);
        run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
