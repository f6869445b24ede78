#include "tornado/httpclient/async_http_client.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tornado/concurrent/promise.hpp"
#include "tornado/httpclient/simple_async_http_client.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/util/per_thread.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::httpclient {

std::size_t HTTPClientOptions::most_idle_connections() const noexcept {
    constexpr std::size_t usual = 100;
    return keep_alive ? max_idle_connections.value_or(std::max(usual, max_clients)) : 0;
}

namespace {

using Implementation = std::shared_ptr<HTTPClientImplementation>;

/// What configure() has said.
struct Configuration {
    std::mutex mutex;
    AsyncHTTPClient::Factory factory;
    HTTPClientOptions options;
};

Configuration& configuration() {
    static Configuration chosen;
    return chosen;
}

Implementation make(const HTTPClientOptions* options) {
    auto& chosen = configuration();
    AsyncHTTPClient::Factory factory;
    HTTPClientOptions usual;
    {
        const std::lock_guard lock{chosen.mutex};
        factory = chosen.factory;
        usual = chosen.options;
    }
    const auto& wanted = options != nullptr ? *options : usual;
    if (factory) {
        return factory(wanted);
    }
    return std::make_shared<simple_httpclient::SimpleAsyncHTTPClient>(wanted);
}

/// The shared clients of a thread, one for each of its loops; null: it was closed.
struct SharedClients {
    std::vector<std::pair<ioloop::IOLoop*, Implementation>> all;

    [[nodiscard]] auto find(const ioloop::IOLoop* loop) {
        return std::find_if(all.begin(), all.end(), [loop](const auto& each) {
            return each.first == loop;
        });
    }
    void forget(const ioloop::IOLoop* loop) {
        if (const auto place = find(loop); place != all.end()) {
            const auto client = std::move(place->second);
            all.erase(place);
            if (client != nullptr) {
                client->close();
            }
        }
    }
};

/// Waits until the loop closes, which cancels or destroys it; then its client goes.
Future<void> until_loop_closes(ioloop::IOLoop* loop) {
    const util::ScopeExit forget{[loop] {
        if (auto* const clients = util::PerThread<SharedClients>::get()) {
            clients->forget(loop);
        }
    }};
    Promise<void> never;
    co_await never.future();
}

Implementation shared_client() {
    auto* const clients = util::PerThread<SharedClients>::get();
    auto& loop = ioloop::IOLoop::current();
    if (clients == nullptr || loop.closed()) {
        return make(nullptr);
    }
    if (const auto place = clients->find(&loop); place != clients->all.end()) {
        if (place->second == nullptr) {
            place->second = make(nullptr);
        }
        return place->second;
    }
    auto client = make(nullptr);
    clients->all.emplace_back(&loop, client);
    until_loop_closes(&loop).ignore();
    return client;
}

}  // namespace

AsyncHTTPClient::AsyncHTTPClient() : implementation_{shared_client()} {}

AsyncHTTPClient::AsyncHTTPClient(ForceInstance) : implementation_{make(nullptr)} {}

AsyncHTTPClient::AsyncHTTPClient(ForceInstance, const HTTPClientOptions& options)
    : implementation_{make(&options)} {}

AsyncHTTPClient::AsyncHTTPClient(Implementation implementation)
    : implementation_{std::move(implementation)} {}

Future<HTTPResponse> AsyncHTTPClient::fetch(HTTPRequest request, bool raise_error) {
    return implementation_->fetch_impl(std::move(request), raise_error);
}

void AsyncHTTPClient::close() {
    if (auto* const clients = util::PerThread<SharedClients>::get()) {
        const auto place =
            std::find_if(clients->all.begin(), clients->all.end(), [this](const auto& each) {
                return each.second == implementation_;
            });
        if (place != clients->all.end()) {
            place->second = nullptr;
        }
    }
    implementation_->close();
}

void AsyncHTTPClient::configure(HTTPClientOptions options, Factory factory) {
    auto& chosen = configuration();
    const std::lock_guard lock{chosen.mutex};
    chosen.factory = std::move(factory);
    chosen.options = std::move(options);
}

}  // namespace tornado::httpclient
