// The physical limit for WebSocket servers: one thread, level-triggered epoll, one recv per
// readiness, frames unmasked as they are copied to the output, one send per batch. It checks
// nothing, so a real server can only come near it.
//
//     raw_websocket_echo --port N
//
// A message that begins with an exclamation mark goes to all connections, in a frame that is built
// once and with one send for each.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../descriptor.hpp"
#include "frames.hpp"

namespace {

constexpr unsigned char close_frame = 0x88;

std::string accept_for(std::string_view head) {
    constexpr std::string_view name = "Sec-WebSocket-Key: ";
    const auto at = head.find(name);
    if (at == head.npos) {
        throw std::runtime_error{"a handshake without Sec-WebSocket-Key"};
    }
    const auto begin = at + name.size();
    auto text = std::string{head.substr(begin, head.find("\r\n", begin) - begin)};
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
    std::array<char, 29> base64{};
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), digest.data(), 20);
    return base64.data();
}

struct Connection {
    Descriptor socket;
    std::string unread;  // half a frame, or half a handshake
    std::string unsent;
    bool upgraded = false;
};

class Server {
public:
    explicit Server(std::uint16_t port) {
        const int on = 1;
        ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        check(
            ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            "bind"
        );
        check(::listen(listener_.get(), SOMAXCONN), "listen");
        watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 512> events;
        for (;;) {
            const int ready =
                ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < ready; ++i) {
                const auto& event = events[static_cast<std::size_t>(i)];
                if (event.data.fd == listener_.get()) {
                    accept_one();
                } else if ((event.events & EPOLLOUT) != 0) {
                    resume_sending(event.data.fd);
                } else {
                    receive(event.data.fd);
                }
            }
        }
    }

private:
    void watch(int fd, std::uint32_t interest, int operation) const {
        epoll_event event{};
        event.events = interest;
        event.data.fd = fd;
        check(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
    }

    Connection& at(int fd) { return *connections_[static_cast<std::size_t>(fd)]; }

    void accept_one() {
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connections_.size() <= static_cast<std::size_t>(fd)) {
            connections_.resize(static_cast<std::size_t>(fd) + 1);
        }
        auto connection = std::make_unique<Connection>();
        connection->socket = Descriptor{fd};
        connections_[static_cast<std::size_t>(fd)] = std::move(connection);
        watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }

    void drop(int fd) { connections_[static_cast<std::size_t>(fd)].reset(); }

    void receive(int fd) {
        auto& connection = at(fd);
        auto& unread = connection.unread;
        const auto kept = unread.size();
        char* room = input_.data();
        auto size = input_.size();
        if (kept != 0) {  // the rest goes where the beginning is
            size = std::max(missing(unread), std::size_t{4096});
            unread.resize(kept + size);
            room = unread.data() + kept;
        }
        const auto count = ::recv(fd, room, size, 0);
        if (count <= 0) {
            unread.resize(kept);
            if (count == 0 || !would_block()) {
                drop(fd);
            }
            return;
        }
        output_.clear();
        if (kept != 0) {
            unread.resize(kept + static_cast<std::size_t>(count));
            unread.erase(0, answer(connection, unread));
        } else {
            const std::string_view all{room, static_cast<std::size_t>(count)};
            unread = all.substr(answer(connection, all));
        }
        if (!output_.empty()) {
            send_output(connection);
        }
    }

    static std::size_t missing(std::string_view frame) {
        const auto head = read_head(frame);
        return head.size == 0 ? 0 : head.whole() - frame.size();
    }

    // Answers what is complete; returns how much that was.
    std::size_t answer(Connection& connection, std::string_view input) {
        std::size_t begin = 0;
        if (!connection.upgraded) {
            const auto end = input.find("\r\n\r\n");
            if (end == input.npos) {
                return 0;
            }
            connection.upgraded = true;
            begin = end + 4;
            output_ +=
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: " +
                accept_for(input.substr(0, begin)) + "\r\n\r\n";
        }
        for (;;) {
            const auto rest = input.substr(begin);
            const auto head = read_head(rest);
            if (head.size == 0 || rest.size() < head.whole()) {
                return begin;
            }
            echo(head, rest.substr(head.size, head.body));
            begin += head.whole();
        }
    }

    void echo(const FrameHead& head, std::string_view payload) {
        append_head(output_, head.first, payload.size(), false);
        const auto at = output_.size();
        output_.resize(at + payload.size());
        mask_to(output_.data() + at, payload, head.key);
        if (head.first != close_frame && output_.size() > at && output_[at] == '!') {
            const auto frame = std::exchange(output_, {});
            for (const auto& connection : connections_) {
                if (connection && connection->upgraded) {
                    (void
                    )::send(connection->socket.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
                }
            }
        }
    }

    void send_output(Connection& connection) {
        const int fd = connection.socket.get();
        const auto sent = ::send(fd, output_.data(), output_.size(), MSG_NOSIGNAL);
        if (sent < 0 && !would_block()) {
            drop(fd);
        } else if (const auto done = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
                   done < output_.size()) {
            connection.unsent = output_.substr(done);
            watch(fd, EPOLLOUT, EPOLL_CTL_MOD);  // and read no more before
        }
    }

    void resume_sending(int fd) {
        auto& unsent = at(fd).unsent;
        const auto sent = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
        if (sent < 0 && !would_block()) {
            drop(fd);
            return;
        }
        unsent.erase(0, static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
        if (unsent.empty()) {
            watch(fd, EPOLLIN, EPOLL_CTL_MOD);
        }
    }

    Descriptor listener_{
        check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")};
    Descriptor epoll_{check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
    std::vector<std::unique_ptr<Connection>> connections_;  // by file descriptor
    std::array<char, 131'072> input_{};
    std::string output_;
};

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 3 || std::string_view{argv[1]} != "--port") {
        std::fputs("usage: raw_websocket_echo --port N\n", stderr);
        return 2;
    }
    const auto server = std::make_unique<Server>(static_cast<std::uint16_t>(std::stoul(argv[2])));
    server->run();
} catch (const std::exception& error) {
    std::fprintf(stderr, "raw_websocket_echo: %s\n", error.what());
    return 1;
}
