// What IOStream costs beside plain system calls: each round measures both sides, in an order that
// turns round from one to the next.
//
//     stream_bench (echo|bulk) [--rounds=N] [--milliseconds=N]
//
// A line holds a name and the figures of both sides in each round: for "echo" the server's CPU time
// for each message of 64 bytes over 64 connections, in nanoseconds; for "bulk" the time for a GiB
// over loopback in blocks of 64 KiB, in milliseconds. Servers and writers run on the first core
// that we may use, their peers on the last.
#include <tornado/tcpserver.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tornado/ioloop.hpp>
#include <tornado/netutil.hpp>
#include <vector>

namespace {

namespace netutil = tornado::netutil;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::iostream::IOStream;

constexpr int connections = 64;
constexpr std::size_t message_size = 64;
constexpr std::size_t block_size = 64 * 1024;
constexpr std::size_t bulk_size = std::size_t{1} << 30;

int check(int result, const char* call) {
    if (result < 0) {
        throw std::system_error{errno, std::generic_category(), call};
    }
    return result;
}

double now(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

void run_on(bool first_core) {
    cpu_set_t all;
    ::sched_getaffinity(0, sizeof all, &all);
    int chosen = -1;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(core, &all) && (chosen < 0 || !first_core)) {
            chosen = core;
        }
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(chosen, &one);
    ::sched_setaffinity(0, sizeof one, &one);
}

/// Runs `function` in a process of its own on the first core; ends with this object.
class Child {
public:
    template <typename F>
    explicit Child(F function) : pid_{check(::fork(), "fork")} {
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            run_on(true);
            function();
            std::_Exit(0);
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    [[nodiscard]] double cpu_time() const {
        clockid_t clock{};
        ::clock_getcpuclockid(pid_, &clock);
        return now(clock);
    }

private:
    pid_t pid_;
};

void set_nodelay(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

netutil::Socket listen() {
    return std::move(netutil::bind_sockets(0, {.address = "127.0.0.1"}).front());
}

netutil::Socket connect_to(const netutil::Socket& listener) {
    netutil::Socket socket{check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener.fileno(), reinterpret_cast<sockaddr*>(&address), &size);
    check(::connect(socket.fileno(), reinterpret_cast<sockaddr*>(&address), size), "connect");
    set_nodelay(socket.fileno());
    return socket;
}

netutil::Socket accept_from(const netutil::Socket& listener, int flags) {
    // It is ready, or else this waits: the listener is a non-blocking one.
    while (true) {
        netutil::Socket socket{::accept4(listener.fileno(), nullptr, nullptr, flags)};
        if (socket) {
            set_nodelay(socket.fileno());
            return socket;
        }
        ::usleep(100);
    }
}

// ---- echo ----

void echo_plainly(const netutil::Socket& listener) {
    const int epoll = check(::epoll_create1(0), "epoll_create1");
    for (int i = 0; i < connections; ++i) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = accept_from(listener, SOCK_NONBLOCK).release();
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
    std::array<epoll_event, 512> events{};
    std::array<char, 4096> bytes{};
    while (true) {
        const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            const auto size = ::recv(fd, bytes.data(), bytes.size(), 0);
            if (size > 0) {
                ::send(fd, bytes.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL);
            }
        }
    }
}

Future<void> echo(IOStream stream) {
    while (true) {
        auto bytes = co_await stream.read_bytes(4096, true);
        co_await stream.write(std::move(bytes));
    }
}

void echo_with_streams(const netutil::Socket& listener) {
    auto& loop = IOLoop::current();
    loop.add_callback([&] {
        for (int i = 0; i < connections; ++i) {
            echo(IOStream{accept_from(listener, SOCK_NONBLOCK)}).ignore();
        }
    });
    loop.start();
}

/// Keeps 64 messages under way; how many have come back in that time.
double exchange(const std::vector<netutil::Socket>& sockets, int epoll, double milliseconds) {
    std::array<epoll_event, connections> events{};
    std::array<char, message_size> bytes{};
    double count = 0;
    const double end = now(CLOCK_MONOTONIC) + milliseconds * 1e6;
    while (now(CLOCK_MONOTONIC) < end) {
        const int ready = ::epoll_wait(epoll, events.data(), connections, 1000);
        for (int i = 0; i < ready; ++i) {
            const int fd = sockets[events[static_cast<std::size_t>(i)].data.u32].fileno();
            if (::recv(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(message_size)) {
                throw std::runtime_error{"a message has not come back whole"};
            }
            ++count;
            ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        }
    }
    return count;
}

double measure_echo(void (*serve)(const netutil::Socket&), double milliseconds) {
    const auto listener = listen();
    const Child server{[&] { serve(listener); }};
    const int epoll = check(::epoll_create1(0), "epoll_create1");
    std::vector<netutil::Socket> sockets;
    const std::string message(message_size, 'x');
    for (std::uint32_t i = 0; i < connections; ++i) {
        sockets.push_back(connect_to(listener));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u32 = i;
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, sockets.back().fileno(), &event);
        ::send(sockets.back().fileno(), message.data(), message.size(), MSG_NOSIGNAL);
    }
    exchange(sockets, epoll, milliseconds / 4);
    const double before = server.cpu_time();
    const double count = exchange(sockets, epoll, milliseconds);
    const double used = server.cpu_time() - before;
    ::close(epoll);
    return used / count;
}

// ---- bulk ----

void send_plainly(const netutil::Socket& listener) {
    const auto socket = accept_from(listener, 0);
    const std::string block(block_size, 'x');
    for (std::size_t sent = 0; sent < bulk_size;) {
        sent += static_cast<std::size_t>(
            check(static_cast<int>(::send(socket.fileno(), block.data(), block.size(), 0)), "send")
        );
    }
}

void receive_plainly(netutil::Socket socket) {
    std::string block(block_size, '\0');
    while (::recv(socket.fileno(), block.data(), block.size(), 0) > 0) {
    }
}

void send_with_streams(const netutil::Socket& listener) {
    const auto block = std::make_shared<const std::string>(block_size, 'x');
    IOLoop::current().run_sync([&]() -> Future<void> {
        IOStream stream{accept_from(listener, 0)};
        for (std::size_t sent = 0; sent < bulk_size; sent += block_size) {
            co_await stream.write(*block, block);
        }
    });
}

void receive_into(netutil::Socket socket) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        IOStream stream{std::move(socket)};
        std::string block(block_size, '\0');
        for (std::size_t come = 0; come < bulk_size; come += block_size) {
            co_await stream.read_into(block);
        }
    });
}

void receive_strings(netutil::Socket socket) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        IOStream stream{std::move(socket)};
        for (std::size_t come = 0; come < bulk_size; come += block_size) {
            co_await stream.read_bytes(block_size);
        }
    });
}

double measure_bulk(void (*send)(const netutil::Socket&), void (*receive)(netutil::Socket)) {
    const auto listener = listen();
    const Child sender{[&] { send(listener); }};
    auto socket = connect_to(listener);
    const double before = now(CLOCK_MONOTONIC);
    receive(std::move(socket));
    return (now(CLOCK_MONOTONIC) - before) / 1e6;
}

// ---- rounds ----

template <typename F, typename G>
void compare(const char* name, int rounds, F ours, G plain) {
    std::string ours_figures;
    std::string plain_figures;
    for (int round = 0; round < rounds; ++round) {
        double our_figure = 0;
        double plain_figure = 0;
        if (round % 2 == 0) {
            our_figure = ours();
            plain_figure = plain();
        } else {
            plain_figure = plain();
            our_figure = ours();
        }
        ours_figures += std::to_string(our_figure) + ' ';
        plain_figures += std::to_string(plain_figure) + ' ';
    }
    std::printf("%s\t%s\t%s\n", name, ours_figures.c_str(), plain_figures.c_str());
    std::fflush(stdout);
}

void run(std::string_view what, int rounds, double milliseconds) {
    run_on(false);
    if (what == "echo") {
        compare(
            "echo of 64 bytes, 64 connections",
            rounds,
            [=] { return measure_echo(echo_with_streams, milliseconds); },
            [=] { return measure_echo(echo_plainly, milliseconds); }
        );
    } else if (what == "bulk") {
        const auto plain = [] { return measure_bulk(send_plainly, receive_plainly); };
        compare(
            "1 GiB, read_into()",
            rounds,
            [] { return measure_bulk(send_with_streams, receive_into); },
            plain
        );
        compare(
            "1 GiB, read_bytes()",
            rounds,
            [] { return measure_bulk(send_with_streams, receive_strings); },
            plain
        );
    } else {
        throw std::invalid_argument{
            "usage: stream_bench (echo|bulk) [--rounds=N] [--milliseconds=N]"};
    }
}

}  // namespace

int main(int argc, char** argv) {
    int rounds = 7;
    double milliseconds = 1000;
    std::string_view what;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument.starts_with("--rounds=")) {
            rounds = std::atoi(argument.c_str() + 9);
        } else if (argument.starts_with("--milliseconds=")) {
            milliseconds = std::atof(argument.c_str() + 15);
        } else {
            what = argv[i];
        }
    }
    try {
        run(what, rounds, milliseconds);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "stream_bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
