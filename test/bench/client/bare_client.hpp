#pragma once

#include <string>
#include <vector>

/// One send and one recv a fetch, and no more: it parses nothing.
class BareClient {
public:
    /// Connects so many sockets to this port of 127.0.0.1.
    BareClient(int port, int connections, std::string request);
    BareClient(const BareClient&) = delete;
    BareClient& operator=(const BareClient&) = delete;
    ~BareClient();

    void fetch(int count);

private:
    void connect(int port);
    void send(int fd) const;

    int epoll_;
    std::string request_;
    std::vector<int> sockets_;
};
