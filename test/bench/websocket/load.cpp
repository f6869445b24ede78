// The load for the WebSocket comparisons: one thread and epoll, frames made once, nothing but
// lengths looked at, so that the client is never what is measured.
//
//     websocket_load --port=N [--path=/] [--connections=N] [--size=BYTES] [--seconds=S]
//                    [--mode=echo|broadcast|idle] [--deflate]
//
// Says "ready" once all connections are open; a line on its standard input begins the work, after
// which it says how many messages came. echo: each connection has one message under way. broadcast:
// one connection sends a message for all, and the next when all have it. idle: each gets one
// message echoed (none with --size=0), then it says so, and waits for another line. With --deflate
// it offers permessage-deflate, and the messages that it sends are compressed.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../descriptor.hpp"
#include "frames.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned char text_frame = 0x81;
constexpr unsigned char compressed_frame = 0xc1;

struct Options {
    std::uint16_t port = 0;
    std::string path = "/";
    std::size_t connections = 64;
    std::size_t size = 64;
    int seconds = 3;
    std::string mode = "echo";
    bool deflate = false;
};

struct Connection {
    Descriptor socket;
    std::size_t unsent = 0;  // bytes of the present message
    std::uint64_t due = 0;   // bytes of the frame that comes
    std::string head;        // of that frame, while it is incomplete
};

std::string raw_deflate(std::string_view text) {
    z_stream stream{};
    if (::deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error{"zlib does not start"};
    }
    std::string out(::deflateBound(&stream, text.size()) + 16, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_SYNC_FLUSH);
    out.resize(stream.total_out - 4);  // RFC 7692, 7.2.1
    ::deflateEnd(&stream);
    return out;
}

/// Text that a compressor can shorten, but not to nothing.
std::string sample_text(std::size_t size, bool for_all) {
    std::string text = for_all ? "!" : "";
    for (unsigned value = 1; text.size() < size; value = value * 1'664'525U + 1'013'904'223U) {
        text += std::to_string(value % 1000) + " users of ";
    }
    text.resize(size);
    return text;
}

std::string frame_of(const Options& options) {
    auto payload = sample_text(options.size, options.mode == "broadcast");
    if (options.deflate) {
        payload = raw_deflate(payload);
    }
    const std::array<char, 4> key{'\x12', '\x34', '\x56', '\x78'};
    std::string frame;
    append_head(frame, options.deflate ? compressed_frame : text_frame, payload.size(), true);
    frame.append(key.data(), key.size());
    const auto at = frame.size();
    frame.resize(at + payload.size());
    mask_to(frame.data() + at, payload, key);
    return frame;
}

class Load {
public:
    explicit Load(const Options& options) : options_{options}, frame_{frame_of(options)} {
        for (std::size_t i = 0; i < options.connections; ++i) {
            connections_.push_back(open());
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.u64 = i;
            check(
                ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connections_.back().socket.get(), &event),
                "epoll_ctl"
            );
        }
    }

    std::uint64_t echo() {
        const auto end = Clock::now() + std::chrono::seconds{options_.seconds};
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            send(i);
        }
        while (Clock::now() < end) {
            wait([&](std::size_t index) { send(index); });
        }
        return messages_;
    }

    std::uint64_t broadcast() {
        const auto end = Clock::now() + std::chrono::seconds{options_.seconds};
        while (Clock::now() < end) {
            const auto all = messages_ + connections_.size();
            send(0);
            while (messages_ < all) {
                wait([](std::size_t) {});
            }
        }
        return messages_;
    }

    std::uint64_t once() {
        for (std::size_t i = 0; options_.size != 0 && i < connections_.size(); ++i) {
            send(i);
            while (messages_ <= i) {
                wait([](std::size_t) {});
            }
        }
        return messages_;
    }

private:
    [[nodiscard]] Connection open() const {
        Connection connection;
        connection.socket =
            Descriptor{check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
        const int fd = connection.socket.get();
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(options_.port);
        check(
            ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect"
        );
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        shake_hands(fd);
        return connection;
    }

    void shake_hands(int fd) const {
        const auto request =
            "GET " + options_.path +
            " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
            (options_.deflate
                 ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                 : "") +
            "\r\n";
        check(static_cast<int>(::send(fd, request.data(), request.size(), MSG_NOSIGNAL)), "send");
        std::string answer;
        while (!answer.ends_with("\r\n\r\n")) {  // nothing comes behind it unasked
            std::array<char, 4096> room{};
            const auto count = ::recv(fd, room.data(), room.size(), 0);
            if (count <= 0) {
                throw std::runtime_error{"no answer to the handshake: " + answer};
            }
            answer.append(room.data(), static_cast<std::size_t>(count));
        }
        const bool compresses = answer.find("permessage-deflate") != answer.npos;
        if (!answer.starts_with("HTTP/1.1 101 ") || compresses != options_.deflate) {
            throw std::runtime_error{"not the answer that was asked for: " + answer};
        }
    }

    void send(std::size_t index) {
        connections_[index].unsent = frame_.size();
        send_rest(index);
    }

    void send_rest(std::size_t index) {
        auto& connection = connections_[index];
        const int fd = connection.socket.get();
        const auto rest = std::string_view{frame_}.substr(frame_.size() - connection.unsent);
        const auto sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && !would_block()) {
            throw std::runtime_error{"the server has closed a connection"};
        }
        const bool waited = connection.unsent != frame_.size();
        connection.unsent -= static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
        if (waited || connection.unsent != 0) {
            epoll_event event{};
            event.events = connection.unsent != 0 ? EPOLLIN | EPOLLOUT : EPOLLIN;
            event.data.u64 = index;
            check(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event), "epoll_ctl");
        }
    }

    template <typename Received>
    void wait(Received received) {
        std::array<epoll_event, 512> events;
        const int ready =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 1000);
        for (int i = 0; i < ready; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            if ((event.events & EPOLLOUT) != 0) {
                send_rest(event.data.u64);
            }
            if ((event.events & EPOLLIN) != 0 && receive(connections_[event.data.u64])) {
                ++messages_;
                received(event.data.u64);
            }
        }
    }

    // Whether a whole message has come.
    bool receive(Connection& connection) {
        const auto count =
            ::recv(connection.socket.get(), input_.data(), input_.size(), MSG_DONTWAIT);
        if (count <= 0) {
            if (count < 0 && would_block()) {
                return false;
            }
            throw std::runtime_error{"the server has closed a connection"};
        }
        std::string_view rest{input_.data(), static_cast<std::size_t>(count)};
        if (connection.due == 0) {
            connection.head += rest.substr(0, 10);
            const auto head = read_head(connection.head);
            if (head.size == 0) {
                return false;
            }
            if (head.first != text_frame && head.first != compressed_frame) {
                throw std::runtime_error{"a frame that is no text"};
            }
            const auto before = connection.head.size() - std::min(rest.size(), std::size_t{10});
            rest.remove_prefix(head.size - before);
            connection.head.clear();
            connection.due = head.body;
        }
        if (rest.size() > connection.due) {
            throw std::runtime_error{"more than one message"};
        }
        connection.due -= rest.size();
        return connection.due == 0;
    }

    const Options& options_;
    std::string frame_;
    Descriptor epoll_{check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
    std::vector<Connection> connections_;
    std::array<char, 262'144> input_{};
    std::uint64_t messages_ = 0;
};

template <typename T>
void read_number(std::string_view text, T& number) {
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{}) {
        throw std::invalid_argument{"not a number: " + std::string{text}};
    }
}

Options parse(const std::vector<std::string_view>& arguments) {
    Options options;
    for (const auto argument : arguments) {
        const auto equals = std::min(argument.find('='), argument.size());
        const auto name = argument.substr(0, equals);
        const auto value = argument.substr(std::min(equals + 1, argument.size()));
        if (name == "--port") {
            read_number(value, options.port);
        } else if (name == "--path") {
            options.path = value;
        } else if (name == "--connections") {
            read_number(value, options.connections);
        } else if (name == "--size") {
            read_number(value, options.size);
        } else if (name == "--seconds") {
            read_number(value, options.seconds);
        } else if (name == "--mode") {
            options.mode = value;
        } else if (name == "--deflate") {
            options.deflate = true;
        } else {
            throw std::invalid_argument{"unknown option " + std::string{argument}};
        }
    }
    return options;
}

void wait_for_a_line() {
    std::string line;
    std::getline(std::cin, line);
}

}  // namespace

int main(int argc, char** argv) try {
    const auto options = parse({argv + 1, argv + argc});
    const auto load = std::make_unique<Load>(options);
    std::cout << "ready" << std::endl;
    wait_for_a_line();
    const auto messages = options.mode == "idle"        ? load->once()
                          : options.mode == "broadcast" ? load->broadcast()
                                                        : load->echo();
    std::cout << messages << std::endl;
    if (options.mode == "idle") {
        wait_for_a_line();
    }
} catch (const std::exception& error) {
    std::fprintf(stderr, "websocket_load: %s\n", error.what());
    return 1;
}
