#include "tornado/tcpserver/serve.hpp"

#include <list>
#include <utility>
#include <vector>

#include "server_thread.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/iostream/bind_sockets.hpp"
#include "tornado/process/fork.hpp"

namespace tornado::tcpserver {

namespace {

using Sockets = std::vector<netutil::Socket>;

/// All threads of one serve().
///
/// Thread safety: belongs to the thread of the loop that waits for them.
class Fleet {
public:
    explicit Fleet(DrainOptions options) : options_{options} {}

    void launch(const ServerFactory& make, Sockets sockets) {
        ++running_;
        try {
            // The loop may hear of the end when this has gone: after a second signal.
            const std::weak_ptr<void> alive = alive_;
            threads_.emplace_back(make, std::move(sockets), [this, alive] {
                loop_.add_callback([this, alive] {
                    if (!alive.expired()) {
                        one_ended();
                    }
                });
            });
        } catch (...) {
            --running_;
            throw;
        }
    }
    Future<void> drain() {
        for (auto& thread : threads_) {
            thread.drain(options_);
        }
        return all_ended_.future();
    }
    void stop() {
        for (auto& thread : threads_) {
            thread.stop();
        }
        if (!all_ended_.done()) {
            all_ended_.set_cancelled();  // whoever waits for it need not any more
        }
    }
    /// Waits for all; throws what the first to fail has failed with.
    void join() {
        std::exception_ptr first;
        for (auto& thread : threads_) {
            const auto error = thread.join();
            if (first == nullptr) {
                first = error;
            }
        }
        if (first != nullptr) {
            std::rethrow_exception(first);
        }
    }

private:
    void one_ended() {
        if (--running_ == 0) {
            all_ended_.set_result();
            loop_.stop();
        } else {
            drain().ignore();
        }
    }

    ioloop::IOLoop& loop_ = ioloop::IOLoop::current();
    DrainOptions options_;
    std::list<ServerThread> threads_;
    std::size_t running_ = 0;
    Promise<void> all_ended_;
    std::shared_ptr<void> alive_ = std::make_shared<char>();
};

/// `announce` is called before the threads begin.
void run(
    std::vector<Sockets> shares,
    const ServerFactory& make,
    const DrainOptions& options,
    const std::function<void()>& announce
) {
    Fleet fleet{options};
    {
        // Before anybody knows that we serve: a signal that comes at once must not end the program.
        const SignalDrain on_signal{[&fleet] { return fleet.drain(); }, [&fleet] { fleet.stop(); }};
        announce();
        for (auto& sockets : shares) {
            fleet.launch(make, std::move(sockets));
        }
        ioloop::IOLoop::current().start();
    }
    fleet.stop();  // if somebody else has stopped this loop
    fleet.join();
}

std::size_t count_of(int threads) {
    return static_cast<std::size_t>(threads > 0 ? threads : process::cpu_count());
}

}  // namespace

void serve(int threads, int port, const ServerFactory& make, const ServeOptions& options) {
    std::vector<Sockets> shares(count_of(threads));
    for (auto& share : shares) {
        share = netutil::bind_sockets(
            port,
            {.address = options.address,
             .backlog = options.backlog,
             .family = options.family,
             .reuse_port = true}
        );
        port = netutil::local_address(share.front().fileno()).port();
    }
    run(std::move(shares), make, options.drain, [&] {
        if (options.on_listening) {
            options.on_listening(static_cast<std::uint16_t>(port));
        }
    });
}

void serve(int threads, const ServerFactory& make, const DrainOptions& options) {
    run(std::vector<Sockets>(count_of(threads)), make, options, [] {});
}

}  // namespace tornado::tcpserver
