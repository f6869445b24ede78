#include "bare_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <utility>

BareClient::BareClient(int port, int connections, std::string request)
    : epoll_{::epoll_create1(EPOLL_CLOEXEC)},
      request_{std::move(request)} {
    for (int i = 0; i < connections; ++i) {
        connect(port);
    }
}

BareClient::~BareClient() {
    for (const int fd : sockets_) {
        ::close(fd);
    }
    ::close(epoll_);
}

void BareClient::fetch(int count) {
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

void BareClient::connect(int port) {
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

void BareClient::send(int fd) const {
    if (::send(fd, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) {
        throw std::runtime_error{"the server takes no request"};
    }
}
