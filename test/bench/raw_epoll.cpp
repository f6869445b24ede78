// The physical limit that every ratio in doc/performance.md is taken against: one thread,
// level-triggered epoll, one recv per readiness, a search for the blank line that ends each
// request, one canned answer per request and one send per batch. It parses nothing else, so a real
// server can only come near it.
//
//     raw_epoll [--port N] [--response FILE] [--workers N]
//
// FILE holds the bytes of a whole response, so that both servers of a comparison send the same
// number of them. Port 0, the default, lets the kernel choose; the address is printed. SIGTERM or
// SIGINT ends the server, which then prints how many system calls it made for each request.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "descriptor.hpp"

namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr std::size_t max_head_size = 65536;

struct Options {
    std::uint16_t port = 0;
    std::string response =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\n"
        "Content-Length: 12\r\n\r\nHello, world";
    int workers = 1;
};

// What a connection still owes: half a request from the peer, or half an answer to it. Most never
// have one.
struct Leftover {
    std::string unread;
    std::string unsent;
};

struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t recvs = 0;
    std::uint64_t sends = 0;
    std::uint64_t waits = 0;
};

// Serves every connection that `listener` accepts, until the signal descriptor becomes readable.
class Server {
public:
    Server(Descriptor listener, Descriptor signals, std::string response)
        : listener_{std::move(listener)},
          signals_{std::move(signals)},
          epoll_{check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
          response_{std::move(response)} {
        watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
        watch(signals_.get(), EPOLLIN, EPOLL_CTL_ADD);
    }

    Counts run() {
        std::array<epoll_event, 512> events;
        while (!stopped_) {
            const int ready =
                ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
            ++counts_.waits;
            for (int i = 0; i < ready; ++i) {
                dispatch(events[static_cast<std::size_t>(i)]);
            }
        }
        return counts_;
    }

private:
    void watch(int fd, std::uint32_t interest, int operation) {
        epoll_event event{};
        event.events = interest;
        event.data.fd = fd;
        check(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
    }

    void dispatch(const epoll_event& event) {
        const int fd = event.data.fd;
        if (fd == signals_.get()) {
            stopped_ = true;
        } else if (fd == listener_.get()) {
            accept_one();
        } else if ((event.events & EPOLLOUT) != 0) {
            resume_sending(fd);
        } else {
            receive(fd);
        }
    }

    void accept_one() {
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;  // the peer has gone, or another worker was faster
        }
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const auto index = static_cast<std::size_t>(fd);
        if (leftovers_.size() <= index) {
            leftovers_.resize(index + 1);
        }
        watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }

    void drop(int fd) {
        leftovers_[static_cast<std::size_t>(fd)].reset();
        ::close(fd);
    }

    Leftover& leftover_of(int fd) {
        auto& slot = leftovers_[static_cast<std::size_t>(fd)];
        if (!slot) {
            slot = std::make_unique<Leftover>();
        }
        return *slot;
    }

    void receive(int fd) {
        const ssize_t size = ::recv(fd, input_.data(), input_.size(), 0);
        ++counts_.recvs;
        if (size < 0 && would_block()) {
            return;
        }
        if (size <= 0) {
            drop(fd);
            return;
        }
        const std::string_view received{input_.data(), static_cast<std::size_t>(size)};
        output_.clear();
        if (leftovers_[static_cast<std::size_t>(fd)]) {
            std::string unread = std::move(leftover_of(fd).unread);
            unread += received;
            answer(fd, unread);
        } else {
            answer(fd, received);
        }
    }

    // Answers each complete head of `input` and keeps the beginning of the next one for later.
    void answer(int fd, std::string_view input) {
        std::size_t begin = 0;
        for (auto end = input.find(end_of_head); end != input.npos;
             end = input.find(end_of_head, begin)) {
            begin = end + end_of_head.size();
            output_ += response_;
            ++counts_.requests;
        }
        const std::string_view rest = input.substr(begin);
        if (rest.size() > max_head_size) {
            drop(fd);
            return;
        }
        keep_unread(fd, rest);
        if (!output_.empty()) {
            send_output(fd);
        }
    }

    void keep_unread(int fd, std::string_view rest) {
        if (!rest.empty()) {
            leftover_of(fd).unread = std::string{rest};
        } else {
            leftovers_[static_cast<std::size_t>(fd)].reset();
        }
    }

    void send_output(int fd) {
        const auto sent = send_some(fd, output_);
        if (!sent) {
            drop(fd);
        } else if (*sent < output_.size()) {
            leftover_of(fd).unsent = output_.substr(*sent);
            watch(fd, EPOLLOUT, EPOLL_CTL_MOD);  // and read no more before the answers have left
        }
    }

    void resume_sending(int fd) {
        auto& unsent = leftover_of(fd).unsent;
        const auto sent = send_some(fd, unsent);
        if (!sent) {
            drop(fd);
            return;
        }
        unsent.erase(0, *sent);
        if (unsent.empty()) {
            const std::string unread = std::move(leftover_of(fd).unread);
            keep_unread(fd, unread);
            watch(fd, EPOLLIN, EPOLL_CTL_MOD);
        }
    }

    // Returns how much the kernel took, or nullopt when the connection is broken.
    std::optional<std::size_t> send_some(int fd, std::string_view bytes) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        ++counts_.sends;
        if (sent < 0) {
            return would_block() ? std::optional<std::size_t>{0} : std::nullopt;
        }
        return static_cast<std::size_t>(sent);
    }

    Descriptor listener_;
    Descriptor signals_;
    Descriptor epoll_;
    std::string response_;
    std::vector<std::unique_ptr<Leftover>> leftovers_;  // by file descriptor
    std::array<char, 65536> input_;
    std::string output_;
    Counts counts_;
    bool stopped_ = false;
};

// Binds to `port` of the loopback address; several workers may share one port.
Descriptor listen_on(std::uint16_t port) {
    Descriptor listener{
        check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")};
    const int on = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    check(
        ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind"
    );
    check(::listen(listener.get(), SOMAXCONN), "listen");
    return listener;
}

std::uint16_t port_of(const Descriptor& listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    check(
        ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname"
    );
    return ntohs(address.sin_port);
}

sigset_t ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

void serve(Descriptor listener, const Options& options) {
    const sigset_t signals = ending_signals();
    Descriptor descriptor{check(::signalfd(-1, &signals, SFD_CLOEXEC), "signalfd")};
    const auto server =
        std::make_unique<Server>(std::move(listener), std::move(descriptor), options.response);
    const Counts counts = server->run();
    const auto requests = static_cast<double>(counts.requests == 0 ? 1 : counts.requests);
    std::printf(
        "%llu requests, each %.4f recv, %.4f send, %.4f epoll_wait\n",
        static_cast<unsigned long long>(counts.requests),
        static_cast<double>(counts.recvs) / requests,
        static_cast<double>(counts.sends) / requests,
        static_cast<double>(counts.waits) / requests
    );
    std::fflush(stdout);
}

// Forks one worker for each listener, waits for a signal, and ends the workers with it.
void serve_in_workers(std::vector<Descriptor> listeners, const Options& options) {
    std::vector<pid_t> workers;
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        const pid_t pid = check(::fork(), "fork");
        if (pid == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGTERM);
            Descriptor mine = std::move(listeners[i]);
            listeners.clear(
            );  // the kernel would give connections to listeners nobody accepts from
            serve(std::move(mine), options);
            return;
        }
        workers.push_back(pid);
    }
    listeners.clear();
    const sigset_t signals = ending_signals();
    int signal = 0;
    ::sigwait(&signals, &signal);
    for (const pid_t worker : workers) {
        ::kill(worker, SIGTERM);
    }
    for (const pid_t worker : workers) {
        ::waitpid(worker, nullptr, 0);
    }
}

std::string read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        throw std::runtime_error{"cannot read " + path};
    }
    return {std::istreambuf_iterator<char>{file}, {}};
}

Options parse(const std::vector<std::string>& arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
        const std::string& name = arguments[i];
        if (i + 1 == arguments.size()) {
            throw std::invalid_argument{
                "usage: raw_epoll [--port N] [--response FILE] [--workers N]"};
        }
        const std::string& value = arguments[i + 1];
        if (name == "--port") {
            options.port = static_cast<std::uint16_t>(std::stoul(value));
        } else if (name == "--response") {
            options.response = read_file(value);
        } else if (name == "--workers") {
            options.workers = std::stoi(value);
        } else {
            throw std::invalid_argument{"unknown option " + name};
        }
    }
    return options;
}

void run(const Options& options) {
    const sigset_t signals = ending_signals();
    check(::sigprocmask(SIG_BLOCK, &signals, nullptr), "sigprocmask");
    std::vector<Descriptor> listeners;
    listeners.push_back(listen_on(options.port));
    const std::uint16_t port = port_of(listeners.front());
    while (listeners.size() < static_cast<std::size_t>(options.workers)) {
        listeners.push_back(listen_on(port));
    }
    std::printf("listening on 127.0.0.1:%u\n", unsigned{port});
    std::fflush(stdout);
    if (listeners.size() == 1) {
        serve(std::move(listeners.front()), options);
    } else {
        serve_in_workers(std::move(listeners), options);
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(parse({argv + 1, argv + argc}));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "raw_epoll: %s\n", error.what());
        return 1;
    }
    return 0;
}
