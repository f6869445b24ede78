#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/tcpserver/serve.hpp"

namespace tornado::tcpserver {

/// A thread with a loop and a server.
///
/// Thread safety: belongs to the thread that has made it.
class ServerThread {
public:
    /// `ended` is called in the new thread when that has nothing more to do.
    ServerThread(
        const ServerFactory& make,
        std::vector<netutil::Socket> sockets,
        std::function<void()> ended
    );
    ServerThread(const ServerThread&) = delete;
    ServerThread& operator=(const ServerThread&) = delete;
    /// Stops the loop, if it still runs, and waits for the thread.
    ~ServerThread();

    /// Lets the server drain, after which the loop stops.
    void drain(const DrainOptions& options);
    /// Stops the loop at once.
    void stop();
    /// Waits for the thread. What it has ended with, or null.
    std::exception_ptr join();

private:
    void run(const ServerFactory& make, std::vector<netutil::Socket> sockets);
    void run_loop(ioloop::IOLoop& loop, TCPServer& server);

    std::mutex mutex_;
    ioloop::IOLoop* loop_ = nullptr;  ///< while it runs; guarded by the mutex
    TCPServer* server_ = nullptr;
    bool stopping_ = false;  ///< guarded by the mutex
    std::exception_ptr error_;
    std::thread thread_;
};

}  // namespace tornado::tcpserver
