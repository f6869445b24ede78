#pragma once

#include <memory>
#include <string>

/// A client on Boost.Beast as its users write one, with kept connections and callbacks; no time
/// limits, redirects or decompression.
class BeastClient {
public:
    /// Connects so many sockets to this port of 127.0.0.1.
    BeastClient(
        int port,
        int connections,
        const std::string& user_agent,
        const std::string& codings
    );
    BeastClient(const BeastClient&) = delete;
    BeastClient& operator=(const BeastClient&) = delete;
    ~BeastClient();

    void fetch(int count);

private:
    struct State;
    std::unique_ptr<State> state_;
};
