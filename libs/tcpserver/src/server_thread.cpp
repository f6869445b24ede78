#include "server_thread.hpp"

#include <utility>

#include "tornado/util/scope_exit.hpp"

namespace tornado::tcpserver {

ServerThread::ServerThread(
    const ServerFactory& make,
    std::vector<netutil::Socket> sockets,
    std::function<void()> ended
)
    : thread_{[this, &make, sockets = std::move(sockets), ended = std::move(ended)]() mutable {
          try {
              run(make, std::move(sockets));
          } catch (...) {
              error_ = std::current_exception();
          }
          ended();
      }} {}

ServerThread::~ServerThread() {
    stop();
    join();
}

void ServerThread::run(const ServerFactory& make, std::vector<netutil::Socket> sockets) {
    ioloop::IOLoop loop;
    const auto server = make();
    if (server == nullptr) {
        throw std::logic_error{"the function that makes serve()'s servers has made none"};
    }
    // Its coroutines end with the loop, and may speak to the server until then.
    const util::ScopeExit end{[&] {
        server->stop();
        loop.close();
    }};
    server->add_sockets(std::move(sockets));
    run_loop(loop, *server);
}

void ServerThread::run_loop(ioloop::IOLoop& loop, TCPServer& server) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_) {
            return;
        }
        loop_ = &loop;
        server_ = &server;
    }
    const util::ScopeExit leave{[&] {
        const std::lock_guard lock{mutex_};
        loop_ = nullptr;
        server_ = nullptr;
    }};
    loop.start();
}

void ServerThread::drain(const DrainOptions& options) {
    const std::lock_guard lock{mutex_};
    if (loop_ == nullptr) {
        stopping_ = true;  // before it has begun, or after its end
        return;
    }
    loop_->add_callback([server = server_, options]() -> Future<void> {
        co_await server->drain(options.delay, options.timeout);
        ioloop::IOLoop::current().stop();
    });
}

void ServerThread::stop() {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    if (loop_ != nullptr) {
        loop_->stop();
    }
}

std::exception_ptr ServerThread::join() {
    if (thread_.joinable()) {
        thread_.join();
    }
    return error_;
}

}  // namespace tornado::tcpserver
